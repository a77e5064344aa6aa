// A fake kubectl, as an executable for the PATH. It answers the commands of cwii for one cluster.

import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderOf } from './command.ts';

export interface FakeCluster {
  readonly context?: string;
  readonly cluster?: object;
  /** Undefined if the cluster cannot be reached. */
  readonly issuer?: string;
  readonly minor?: string;
}

/** An environment with only this kubectl in the PATH; `await using` removes it. */
export async function fakeKubectl({
  context = 'kubernetes-admin@Prod_EU',
  cluster,
  issuer,
  minor = '36',
}: FakeCluster) {
  const folder = await folderOf({});
  const answers = {
    view: JSON.stringify(cluster ?? { server: 'https://api.prod.example.com:6443' }),
    context,
    version: issuer === undefined ? undefined : JSON.stringify({ major: '1', minor }),
    discovery:
      issuer === undefined ? undefined : JSON.stringify({ issuer, jwks_uri: 'https://10.0.0.1/openid/v1/jwks' }),
  };
  const program = join(folder.path, 'kubectl');
  await writeFile(
    program,
    `#!${process.execPath}
const answers = ${JSON.stringify(answers)};
const args = process.argv.slice(2);
const has = (...words) => words.every((word) => args.includes(word));
const answer = has('config', 'view', '--raw', '--minify', '--flatten') ? answers.view
  : has('config', 'current-context') ? answers.context
  : has('get', '--raw', '/version') ? answers.version
  : has('get', '--raw', '/.well-known/openid-configuration') ? answers.discovery : undefined;
if (answer === undefined) {
  console.error('Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: connection refused');
  process.exitCode = 1;
} else console.log(answer);
`,
  );
  await chmod(program, 0o700);
  return {
    path: folder.path,
    env: { PATH: `${folder.path}:${dirname(process.execPath)}` },
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
}
