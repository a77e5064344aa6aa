// Runs `cwii init` in a temporary directory, with a fake cluster.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { cwii, folderOf } from './command.ts';
import { type FakeCluster, fakeKubectl } from './fake-kubectl.ts';

export const STS = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';
export const PUBLIC = 'https://oidc.example.com/prod';
export const requiredOptions = ['--region', 'eu-central-1', '--sts-issuer', STS];

/** Runs `cwii init` and reads the files that it wrote. */
export async function init(
  cluster: FakeCluster,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
) {
  await using kubectl = await fakeKubectl(cluster);
  await using folder = await folderOf(files);
  const ended = await cwii(['init', ...args], { env: kubectl.env, cwd: folder.path });
  // The first line says what is read; it is the same before every result and every error.
  const [found = ''] = /^cwii: reading the context .*\n/.exec(ended.stderr) ?? [];
  const written = await readdir(folder.path);
  const read = async (name: string) => (written.includes(name) ? readFile(join(folder.path, name), 'utf8') : undefined);
  const text = await read('cwii.yaml');
  const valid = ended.status === 0 || text === undefined;
  return {
    ...ended,
    found,
    stderr: ended.stderr.slice(found.length),
    text,
    written,
    clusters: valid && text !== undefined ? readClusterFile(join(folder.path, 'cwii.yaml')).clusters : [],
    token: await read('caller-token-prod-eu'),
    mode: written.includes('caller-token-prod-eu')
      ? (await stat(join(folder.path, 'caller-token-prod-eu'))).mode & 0o777
      : undefined,
  };
}
