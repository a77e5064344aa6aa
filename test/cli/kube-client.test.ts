// The client of `kubectl proxy`: connections that the server closes while they are idle.

import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KubeClient } from '../../cli/kubectl/kube-client.ts';
import { folderOf } from './command.ts';

/** A proxy that answers one request on each connection, and closes it when the next one comes. */
const PROXY = `#!${process.execPath}
const { createServer } = require('node:http');
let requests = 0;
createServer((request, response) => {
  requests += 1;
  if (request.socket.used) return request.socket.destroy();
  request.socket.used = true;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ requests }));
}).listen(process.argv[3].replace('--unix-socket=', ''), () => console.log('Starting to serve'));
`;

describe('a connection that the server closes', () => {
  let folder: Awaited<ReturnType<typeof folderOf>>;
  beforeEach(async () => {
    folder = await folderOf({});
    const program = join(folder.path, 'kubectl');
    await writeFile(program, PROXY);
    await chmod(program, 0o700);
    vi.stubEnv('PATH', `${folder.path}:${dirname(process.execPath)}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await folder[Symbol.asyncDispose]();
  });

  it('makes a read start again on another one', async () => {
    await using kube = await KubeClient.connect({});

    expect(await kube.call('/version')).toEqual({ requests: 1 });
    // The second request was closed without an answer, and sent again.
    expect(await kube.call('/version')).toEqual({ requests: 3 });
  });

  it('makes a write fail, because the server may have made it', async () => {
    await using kube = await KubeClient.connect({});
    await kube.call('/version');

    await expect(kube.call('/api/v1/pods', { method: 'POST', body: {} })).rejects.toMatchObject({
      message: expect.stringMatching(/^POST \/api\/v1\/pods: (socket hang up|.*ECONNRESET)/),
    });
  });
});
