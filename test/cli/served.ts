// Starts `cwii serve` in a process of its own, and talks to it as clients do.

import { once } from 'node:events';
import { Agent, type RequestOptions, request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { createTestAuthority, type TestAuthority } from '../../testing/certificates.ts';
import { waitFor } from '../../testing/wait-for.ts';
import { reviewOf } from '../fakes/events.ts';
import { callerToken, digestOf } from '../fakes/secrets.ts';
import { folderOf, start } from './command.ts';

export const CALLER = { CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex') };

/** The options of a POST with the caller's token. */
export const post = {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${callerToken}` },
};

/** The files of the server's certificate; the folder is removed at the end of its scope. */
export interface ServedFiles extends AsyncDisposable {
  readonly path: string;
  readonly authority: TestAuthority;
}

export async function servedFiles(): Promise<ServedFiles> {
  const authority = await createTestAuthority();
  const [own, other] = await Promise.all([authority.issue(), authority.issue()]);
  const folder = await folderOf({ 'tls.crt': own.certPem, 'tls.key': own.keyPem, 'other.key': other.keyPem });
  return { path: folder.path, authority, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

export function serveOptions({ path }: { readonly path: string }, port = 0, key = 'tls.key', cert = 'tls.crt') {
  return ['serve', '--port', String(port), '--tls-cert', join(path, cert), '--tls-key', join(path, key)];
}

export interface Usage {
  /** The most memory that the process had so far. */
  readonly maxRssMb: number;
  /** Processor time of the process. */
  readonly cpuMs: number;
}

export interface ServeStart {
  readonly env?: Readonly<Record<string, string>>;
  /** Further options. */
  readonly options?: readonly string[];
}

export async function serve(files: ServedFiles, { env = CALLER, options = [] }: ServeStart = {}) {
  // Reports the use of resources on standard error when it gets SIGUSR2.
  const probe = `--import=${join(import.meta.dirname, 'usage-probe.mjs')}`;
  const { child, status } = start([...serveOptions(files), ...options], { env: { ...env, NODE_OPTIONS: probe } });
  let stderr = '';
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    log += chunk;
  });
  const ended = status.then((code) => `it ended with status ${code}: ${stderr}`);
  let failure: string | undefined;
  ended.then((reason) => {
    failure = reason;
  });
  const running = () => {
    if (failure !== undefined) throw new Error(failure);
  };
  const find = (what: string, pattern: RegExp) => waitFor(what, () => pattern.exec(stderr)?.[1], undefined, running);
  const url = await find('the URL', /^cwii: the webhook is at (https:\/\/127\.0\.0\.1:\d+\/mutate)$/m);
  const port = Number(new URL(url).port);
  const { certPem: ca } = files.authority;
  const agent = new Agent({ ca, keepAlive: true });
  const sockets = new Set<Socket>();
  const keep = <Kind extends Socket>(socket: Kind): Kind => {
    sockets.add(socket.on('error', () => undefined));
    return socket;
  };
  return {
    child,
    port,
    find,
    stderr: () => stderr,
    /** Entries of the log so far. */
    entries: (): Record<string, unknown>[] =>
      log
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    call: (path: string, call: RequestOptions & { body?: string } = {}) => send(new URL(path, url), { agent, ...call }),
    admit: () => send(new URL('/mutate?timeout=5s', url), { agent, ...post, body: JSON.stringify(reviewOf()) }),
    /** A connection after its handshake. */
    secure: async (): Promise<TLSSocket> => {
      const socket = keep(connect({ port, host: '127.0.0.1', ca }));
      await once(socket, 'secureConnect');
      return socket;
    },
    /** A connection without a handshake. */
    tcp: async (): Promise<Socket> => {
      const socket = keep(connectTcp({ port, host: '127.0.0.1' }));
      await once(socket, 'connect');
      return socket;
    },
    usage: async (): Promise<Usage> => {
      const before = stderr.length;
      child.kill('SIGUSR2');
      const line = await waitFor(
        'the usage',
        () => /^usage (.+)$/m.exec(stderr.slice(before))?.[1],
        undefined,
        running,
      );
      return JSON.parse(line);
    },
    /**
     * Ends it with a signal, as a supervisor would, while the client's connection is still open.
     *
     * @param meanwhile what happens between the signal and the end.
     */
    stop: async (signal: NodeJS.Signals = 'SIGTERM', meanwhile?: () => Promise<unknown>) => {
      child.kill(signal);
      await meanwhile?.();
      const ended = { status: await status, signal: child.signalCode };
      agent.destroy();
      return { ...ended, log };
    },
    /** Ends the process if the test failed. */
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
      await status;
      agent.destroy();
    },
  };
}

export type Served = Awaited<ReturnType<typeof serve>>;

async function send(url: URL, { body, ...options }: RequestOptions & { body?: string }) {
  const sent = request(url, options);
  sent.end(body);
  const [response] = await once(sent, 'response');
  return {
    status: response.statusCode as number,
    connection: response.headers.connection as string | undefined,
    text: await text(response),
  };
}

/** Everything that the server sends on a socket until the connection closes. */
export function answerOn(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
  });
  return new Promise((resolve) => socket.once('close', () => resolve(received)));
}
