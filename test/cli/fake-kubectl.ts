// A kubectl that knows one cluster, as an executable to put on the path: what cwii asks of the real one, it answers.

import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderOf } from './command.ts';

export interface KnownCluster {
  readonly context?: string;
  readonly cluster?: object;
  /** Undefined: the cluster cannot be asked. */
  readonly issuer?: string;
  readonly minor?: string;
}

/** The environment with such a kubectl and no other; `await using` removes it. */
export async function fakeKubectl({
  context = 'kubernetes-admin@Prod_EU',
  cluster,
  issuer,
  minor = '36',
}: KnownCluster) {
  const folder = await folderOf({});
  const known = {
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
const known = ${JSON.stringify(known)};
const args = process.argv.slice(2);
const is = (...words) => words.every((word) => args.includes(word));
const answer = is('config', 'view', '--raw', '--minify', '--flatten') ? known.view
  : is('config', 'current-context') ? known.context
  : is('get', '--raw', '/version') ? known.version
  : is('get', '--raw', '/.well-known/openid-configuration') ? known.discovery : undefined;
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
