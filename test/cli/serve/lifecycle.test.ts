// Tests for a running `cwii serve`: its end by a signal, its log, its health checks and its metrics.

import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../../testing/wait-for.ts';
import { reviewOf } from '../../fakes/events.ts';
import { FakeKubeApi } from '../../fakes/kube-api.ts';
import { callerToken, digestOf } from '../../fakes/secrets.ts';
import { folderOf } from '../command.ts';
import { answerOn, CALLER, type Served, type ServedFiles, serve, servedFiles } from '../served.ts';

let files: ServedFiles;

beforeAll(async () => {
  files = await servedFiles();
});
afterAll(() => files[Symbol.asyncDispose]());

const body = JSON.stringify(reviewOf());
const head = [
  'POST /mutate?timeout=5s HTTP/1.1',
  'Host: webhook',
  `Authorization: Bearer ${callerToken}`,
  'Content-Type: application/json',
  `Content-Length: ${Buffer.byteLength(body)}`,
];

/** A request whose body is still being sent. */
async function requestInFlight(server: Served) {
  const socket = await server.secure();
  const answer = answerOn(socket);
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 10)}`);
  await waitFor('the request', async () => (await metricsOf(server)).includes('cwii_requests_in_flight 1'));
  return { socket, answer };
}

const withMetrics = { options: ['--metrics-port', '0'] };

async function operations(server: Served, path: string): Promise<Response> {
  const url = await server.find('the URL of the metrics', /^cwii: the metrics are at (http:.+)$/m);
  return fetch(new URL(path, url));
}

async function metricsOf(server: Served): Promise<string> {
  return (await operations(server, '/metrics')).text();
}

describe.concurrent('SIGTERM', () => {
  test('answers the request in flight, closes all other connections, and ends with status 0', async () => {
    // Prepare
    await using server = await serve(files, withMetrics);
    const { socket, answer } = await requestInFlight(server);
    const others = await Promise.all([server.secure(), server.tcp(), server.secure()]);
    const [, , half] = others;
    half.write('POST /mutate HTTP/1.1\r\nHost: webhook\r\n');
    const closed = others.map((other) => answerOn(other));

    // Act
    const ended = await server.stop('SIGTERM', async () => {
      await Promise.all(closed);
      socket.write(body.slice(10));
    });
    const [answered, ...received] = await Promise.all([answer, ...closed]);

    // Assess
    expect(received).toEqual(['', '', '']);
    expect(answered).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answered).toMatch(/\r\nconnection: close\r\n/i);
    expect(answered).toContain('"allowed":true');
    expect(ended).toMatchObject({ status: 0, signal: null });
  });

  test('accepts no connection and is not ready while a request is in flight', async () => {
    await using server = await serve(files, withMetrics);
    const { socket, answer } = await requestInFlight(server);

    server.child.kill('SIGTERM');
    const ready = await waitFor('the end', async () => {
      const { status } = await operations(server, '/readyz');
      return status === 503 && status;
    });
    const refused = await server.tcp().then(
      () => 'connected',
      (error: NodeJS.ErrnoException) => error.code,
    );
    socket.write(body.slice(10));
    await answer;

    expect(ready).toBe(503);
    expect(refused).toBe('ECONNREFUSED');
  });

  test('ends with status 0 also if a request never ends', async () => {
    await using server = await serve(files, withMetrics);
    await requestInFlight(server);

    const ended = await server.stop();

    expect(ended).toMatchObject({ status: 0, signal: null });
    expect(ended.log).toContain('shutdown-incomplete');
  });
});

describe.concurrent('the log', () => {
  test('may lose its reader, and the server goes on', async () => {
    await using server = await serve(files);

    server.child.stdout.destroy();
    const answers = [await server.admit(), await server.admit(), await server.admit()];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await server.find('the warning', /\[(log-not-written)\]/)).toBe('log-not-written');
    expect(server.child.exitCode).toBeNull();
  });

  test('may lose both readers', async () => {
    await using server = await serve(files);

    server.child.stdout.destroy();
    server.child.stderr.destroy();
    const answers = [await server.admit(), await server.admit(), await server.admit()];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('names a client that does not trust the certificate, and the remedy', async () => {
    await using server = await serve(files);

    const socket = await server.tcp();
    const client = new Duplex({ read: () => undefined, write: (chunk, _, done) => void socket.write(chunk, done) });
    connect({ socket: client, maxVersion: 'TLSv1.2' }).on('error', () => undefined);
    // The fatal alert bad_certificate. A client in Go sends it; Node.js only disconnects.
    socket.once('data', () => socket.write(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x2a])));
    await answerOn(socket);
    const entry = await waitFor('the line', () => server.entries().find(({ outcome }) => outcome === 'handshake'));

    expect(entry).toMatchObject({
      level: 'warn',
      code: 'tls-handshake-failed',
      error: expect.stringContaining('set caBundle in the webhook configuration'),
      client: '127.0.0.1',
    });
  });

  test('names a client that sends HTTP without TLS, and no client that only connects', async () => {
    await using server = await serve(files);

    const probe = await server.tcp();
    probe.destroy();
    const plain = await server.tcp();
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await answerOn(plain);
    const entries = await waitFor('the line', () => {
      const found = server.entries().filter(({ outcome }) => outcome === 'handshake');
      return found.length > 0 && found;
    });

    expect(entries).toMatchObject([{ error: 'the client sent HTTP without TLS: use https in the URL' }]);
  });

  test('says what an unknown caller presented, and never the token', async () => {
    await using server = await serve(files);

    await server.call('/mutate', { method: 'POST', headers: { authorization: 'Bearer of-another-cluster' } });
    const { log } = await server.stop();

    const digest = digestOf('of-another-cluster').toString('hex').slice(0, 8);
    expect(JSON.parse(log)).toMatchObject({ status: 401, caller: `unknown token, SHA-256 ${digest}...` });
    expect(log).not.toContain('of-another-cluster');
  });
});

describe.concurrent('the cluster', () => {
  const jwt = (exp: number) =>
    ['{"alg":"RS256"}', JSON.stringify({ exp }), 'signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');

  test('is read at the start, and the end of the token is said', async () => {
    await using api = await FakeKubeApi.start();
    api.serve('/api/v1/namespaces/default');
    const exp = Date.parse('2050-01-02T03:04:05Z') / 1000;
    await using token = await folderOf({ token: jwt(exp) });
    const cluster = {
      CWII_KUBE_API_URL: api.url.href,
      CWII_KUBE_CA: api.ca,
      CWII_KUBE_CREDENTIAL: `file:${token.path}/token`,
    };
    await using server = await serve(files, { env: { ...CALLER, ...cluster } });

    expect(await server.find('the note', /^cwii: (the cluster .+)$/m)).toBe(
      `the cluster at ${api.url.href} can be read; the token ends at 2050-01-02T03:04:05.000Z`,
    );
    expect(await server.call('/readyz')).toMatchObject({ status: 200, text: '{"status":"ready"}' });
  });

  test('whose token cannot be read is reported with the file and the remedy', async () => {
    const env = {
      ...CALLER,
      CWII_KUBE_API_URL: 'https://127.0.0.1:1',
      CWII_KUBE_CREDENTIAL: 'file:/nonexistent/token',
    };
    await using server = await serve(files, { env });

    await waitFor('the line', () => server.entries().find(({ outcome }) => outcome === 'cluster'));

    expect(server.stderr()).toMatch(
      /cwii: warning: the cluster at https:\/\/127\.0\.0\.1:1\/ cannot be read: the cluster token cannot be read from \/nonexistent\/token; check the path and its permissions \(ENOENT: [^<]+\) \[cluster-not-read\]\n/,
    );
  });

  test('that cannot be read is reported with the cause, and the server is not ready', async () => {
    await using token = await folderOf({ token: jwt(1) });
    const cluster = {
      CWII_KUBE_API_URL: 'https://127.0.0.1:1',
      CWII_KUBE_CREDENTIAL: `file:${token.path}/token`,
    };
    await using server = await serve(files, { env: { ...CALLER, ...cluster } });

    const entry = await waitFor('the line', () => server.entries().find(({ outcome }) => outcome === 'cluster'));
    const ready = await server.call('/readyz');

    expect(entry).toMatchObject({ level: 'warn', code: 'cluster-not-read', cause: 'cluster-unreachable' });
    expect(entry['error']).toContain('ECONNREFUSED');
    expect(server.stderr()).toContain('; the token ended at 1970-01-01T00:00:01.000Z [cluster-not-read]');
    expect(ready).toMatchObject({ status: 503, text: '{"status":"starting"}' });
  });
});

describe('the metrics', () => {
  test('count requests, findings and rejections, and have the end of the certificate', async () => {
    await using server = await serve(files, withMetrics);

    await server.admit();
    await server.call('/mutate', { method: 'POST' });
    await server.call('/healthz');
    const text = await metricsOf(server);

    expect(text).toContain('cwii_requests_total{outcome="admitted",code=""} 1\n');
    expect(text).toContain('cwii_requests_total{outcome="refused",code="unauthorized"} 1\n');
    expect(text).toContain('cwii_request_duration_seconds_count{outcome="admitted"} 1\n');
    expect(text).toContain('cwii_injections_total{provider="aws"} 1\n');
    expect(text).toContain('cwii_ready 1\n');
    expect(Number(/^cwii_certificate_expiry_timestamp_seconds (.+)$/m.exec(text)?.[1])).toBeGreaterThan(
      Date.now() / 1000,
    );
    expect(text).toContain('process_resident_memory_bytes ');
  });

  test('are on a port of their own, with the health checks', async () => {
    await using server = await serve(files, withMetrics);
    const paths = ['/healthz', '/readyz', '/metrics', '/mutate', '/__proto__'];

    const statuses = await Promise.all(paths.map(async (path) => (await operations(server, path)).status));

    expect(statuses).toEqual([200, 200, 200, 404, 404]);
    expect((await server.call('/metrics')).status).toBe(401);
  });
});
