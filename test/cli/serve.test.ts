// Tests for `cwii serve`: the built bundle behind HTTPS, from its start to its end by a signal.

import { once } from 'node:events';
import { Agent, type RequestOptions, request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import jsonPatch from 'fast-json-patch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestAuthority, type TestAuthority } from '../../testing/certificates.ts';
import { podOf, reviewOf } from '../fakes/events.ts';
import { callerToken, digestOf } from '../fakes/secrets.ts';
import { cwiiProcess, failure, folderOf, start } from './command.ts';

const CALLER = { CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex') };

let authority: TestAuthority;
let folder: Awaited<ReturnType<typeof folderOf>>;

beforeAll(async () => {
  authority = await createTestAuthority();
  const [own, other] = await Promise.all([authority.issue(), authority.issue()]);
  folder = await folderOf({ 'tls.crt': own.certPem, 'tls.key': own.keyPem, 'other.key': other.keyPem });
});

afterAll(() => folder[Symbol.asyncDispose]());

const options = (port: number, key = 'tls.key', cert = 'tls.crt') => [
  'serve',
  '--port',
  String(port),
  '--tls-cert',
  join(folder.path, cert),
  '--tls-key',
  join(folder.path, key),
];

async function serve(env: Readonly<Record<string, string>> = CALLER) {
  const { child, status } = start(options(0), { env });
  const log = text(child.stdout);
  const [line] = (await once(child.stderr.setEncoding('utf8'), 'data')) as [string];
  const url = /^cwii: the webhook is at (https:\/\/127\.0\.0\.1:\d+\/mutate)\n$/.exec(line)?.[1];
  if (!url) throw new Error(`serve did not start: ${line}`);
  const agent = new Agent({ ca: authority.certPem, keepAlive: true });
  return {
    call: (path: string, call: RequestOptions & { body?: string } = {}) => send(new URL(path, url), { agent, ...call }),
    /** Ends it with a signal, as a supervisor would, while the client's connection is still open. */
    stop: async (signal: NodeJS.Signals = 'SIGTERM') => {
      child.kill(signal);
      const ended = { status: await status, signal: child.signalCode };
      agent.destroy();
      return { ...ended, log: await log };
    },
    /** Ends the process if the test failed. */
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await status;
      agent.destroy();
    },
  };
}

async function send(url: URL, { body, ...options }: RequestOptions & { body?: string }) {
  const sent = request(url, options);
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode as number, text: await text(response) };
}

const pod = podOf();
const review = reviewOf();
const { uid } = review.request;
const post = {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${callerToken}` },
};

describe('a served webhook', () => {
  test('answers a health check and an AdmissionReview, logs the review, and ends with status 0', async () => {
    // Prepare
    await using server = await serve();

    // Act
    const health = await server.call('/healthz');
    const answer = await server.call('/mutate?timeout=5s', { ...post, body: JSON.stringify(review) });
    const { log, ...ended } = await server.stop();

    // Assess
    expect(health).toEqual({ status: 200, text: '{"status":"ok"}' });
    expect(answer.status).toBe(200);
    const { response } = JSON.parse(answer.text);
    expect(response).toMatchObject({ uid, allowed: true, patchType: 'JSONPatch' });
    const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString());
    expect(jsonPatch.applyPatch(structuredClone(pod), patch, true).newDocument).toMatchObject({
      metadata: { annotations: { 'cwii.dev/injected': 'aws' } },
      spec: { volumes: [{ name: 'cwii-aws-token' }] },
    });
    expect(ended).toEqual({ status: 0, signal: null });
    const lines = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter((line) => line.uid === uid)).toMatchObject([{ outcome: 'admitted', pod: 'web', status: 200 }]);
    expect(log).not.toContain(callerToken);
  });

  test('rejects a caller without the token', async () => {
    await using server = await serve();

    const answer = await server.call('/mutate?timeout=5s', { ...post, headers: {}, body: JSON.stringify(review) });
    await server.stop();

    expect(answer.status).toBe(401);
  });

  test('accepts every caller if configured, and ends with status 0 on SIGINT too', async () => {
    await using server = await serve({ CWII_ALLOW_ANONYMOUS: 'true' });

    const headers = { 'content-type': 'application/json' };
    const answer = await server.call('/mutate?timeout=5s', { method: 'POST', headers, body: JSON.stringify(review) });
    const ended = await server.stop('SIGINT');

    expect(answer.status).toBe(200);
    expect(ended).toMatchObject({ status: 0, signal: null });
  });
});

describe.concurrent('a webhook that cannot be served is reported with status 1', () => {
  test('if the port is in use', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;

    const ended = await cwiiProcess(options(port), { env: CALLER });
    other.close();

    expect(ended).toEqual(
      failure(`cannot listen on 127.0.0.1:${port}: the port is already in use; choose another --port`, 'listen-failed'),
    );
  });

  test('if the certificate does not exist', async () => {
    const path = join(folder.path, 'missing.crt');

    const ended = await cwiiProcess(options(0, 'tls.key', 'missing.crt'), { env: CALLER });

    expect(ended).toEqual(failure(`--tls-cert ${path} does not exist`, 'file-unreadable'));
  });

  test.for([
    ['does not match the key', 'other.key', 'tls.crt'],
    ['is the key', 'tls.key', 'tls.key'],
  ] as const)('if the certificate %s', async ([, key, cert]) => {
    const { status, stdout, stderr } = await cwiiProcess(options(0, key, cert), { env: CALLER });

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^cwii: the certificate and key cannot be used: .+; pass a certificate and its own key, both in PEM \[tls-invalid\]\n$/,
    );
  });

  test('if no caller is configured', async () => {
    const { status, stdout, stderr } = await cwiiProcess(options(0));

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^cwii: .*cannot start with this configuration:\n {2}- CWII_CALLER_TOKEN_SHA256 .+ \[config-invalid\]\n$/,
    );
  });
});
