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
    'config view --raw --minify --flatten -o jsonpath={.clusters[0].cluster}': JSON.stringify(
      cluster ?? { server: 'https://api.prod.example.com:6443' },
    ),
    'config current-context': context,
    ...(issuer === undefined
      ? {}
      : {
          'get --raw /version': JSON.stringify({ major: '1', minor }),
          'get --raw /.well-known/openid-configuration': JSON.stringify({
            issuer,
            jwks_uri: 'https://10.0.0.1/openid/v1/jwks',
          }),
        }),
  };
  const program = join(folder.path, 'kubectl');
  // A shell starts ten times as fast as Node.js, and each `cwii init` calls kubectl four times.
  await writeFile(
    program,
    `#!/bin/sh
case "$*" in
${Object.entries(answers)
  .map(([command, answer]) => `${quoted(command)}*) printf '%s\\n' ${quoted(answer)} ;;`)
  .join('\n')}
*)
  echo 'Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: connection refused' >&2
  exit 1
  ;;
esac
`,
  );
  await chmod(program, 0o700);
  return {
    path: folder.path,
    env: { PATH: `${folder.path}:${dirname(process.execPath)}` },
    [Symbol.asyncDispose]: folder[Symbol.asyncDispose],
  };
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
