// A kubectl whose proxy serves a large cluster in pages, for processes of `cwii audit` that are measured.

import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import type { Manifest } from '../../../cli/preview/manifest-reader.ts';
import { folderOf } from '../command.ts';
import type { LargeCluster } from './large-cluster.ts';

const paths: Readonly<Record<string, keyof Omit<LargeCluster, 'pods'> | 'pods'>> = {
  '/api/v1/namespaces': 'namespaces',
  '/api/v1/serviceaccounts': 'serviceAccounts',
  '/apis/apps/v1/deployments': 'deployments',
  '/apis/apps/v1/replicasets': 'replicaSets',
  '/api/v1/configmaps': 'configMaps',
  '/api/v1/pods': 'pods',
};

export interface ProxiedCluster extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  /** The number of requests: the pages of lists, and others. */
  readonly requests: () => number;
}

/** The program `kubectl proxy` only connects the socket that it is told to the server of this process. */
export async function proxiedCluster(cluster: LargeCluster): Promise<ProxiedCluster> {
  const lists = new Map<string, string[]>();
  // The text of each item, because the server is not what is measured.
  const textOf = ({ metadata, spec, status }: Manifest) => JSON.stringify({ metadata, spec, status });
  for (const [path, name] of Object.entries(paths)) {
    const texts: string[] = [];
    for await (const item of name === 'pods' ? cluster.pods() : cluster[name]) texts.push(textOf(item));
    lists.set(path, texts);
  }
  let requests = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api');
    const limit = Number(url.searchParams.get('limit'));
    const from = Number(url.searchParams.get('continue') ?? 0);
    const items = lists.get(url.pathname) ?? [];
    const next = from + limit < items.length ? String(from + limit) : '';
    requests += 1;
    response.setHeader('content-type', 'application/json');
    response.end(`{"metadata":{"continue":"${next}"},"items":[${items.slice(from, from + limit).join(',')}]}`);
  });
  const folder = await folderOf({});
  const behind = join(folder.path, 'behind.sock');
  await new Promise<void>((resolve) => server.listen(behind, resolve));
  const program = join(folder.path, 'kubectl');
  await writeFile(
    program,
    `#!${process.execPath}
const { createServer, connect } = require('node:net');
const [command, option = ''] = process.argv.slice(2);
if (command === 'config') console.log(process.argv.includes('current-context') ? 'large' : '{"server":"https://api.example.com"}');
else createServer((one) => { const other = connect(${JSON.stringify(behind)}); one.pipe(other).pipe(one); one.on('error', () => other.destroy()); other.on('error', () => one.destroy()); })
  .listen(option.replace('--unix-socket=', ''), () => console.log('Starting to serve'));
`,
  );
  await chmod(program, 0o700);
  return {
    env: { PATH: `${folder.path}:${dirname(process.execPath)}` },
    requests: () => requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder[Symbol.asyncDispose]();
    },
  };
}
