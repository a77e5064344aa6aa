// Requests that an API server never sends, over real TLS to the function behind its local Function URL.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFunctionUrl, type FunctionUrl } from '../../cli/serve/function-url.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { reviewOf } from '../fakes/events.ts';
import { callerToken, digestOf, pathKey } from '../fakes/secrets.ts';
import { startWebhook } from '../fakes/webhook.ts';

const webhook = startWebhook({ env: { CWII_PATH_KEY_SHA256: digestOf(pathKey).toString('hex') } });
let server: FunctionUrl['server'];
let port: number;
let ca: string;

beforeAll(async () => {
  const authority = await createTestAuthority();
  const { certPem, keyPem } = await authority.issue();
  ({ server } = createFunctionUrl(
    async (event, request) => {
      const { status, headers, text } = await webhook.call(event, request);
      return { statusCode: status ?? 0, headers: headers as Record<string, string>, body: text };
    },
    { cert: certPem, key: keyPem },
    { writeLog: webhook.write },
  ));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  ca = authority.certPem;
});
afterAll(() => server.close());

const body = JSON.stringify(reviewOf());
const token = `Authorization: Bearer ${callerToken}`;

interface Request {
  readonly line: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/**
 * Sends a request on its own connection.
 *
 * @returns everything that the server sends until the connection closes.
 */
async function send({ line, headers = [], body: sent = '' }: Request): Promise<{ statuses: number[]; text: string }> {
  const socket = tls.connect({ port, host: '127.0.0.1', ca });
  await once(socket, 'secureConnect');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(Buffer.from([line, 'Host: webhook', 'Connection: close', ...headers, '', sent].join('\r\n'), 'latin1'));
  // Not with `once`, which rejects if the server closes while the body is being sent.
  await new Promise((resolve) => socket.once('close', resolve));
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { statuses, text };
}

const json = ['Content-Type: application/json'];
const withBody = [...json, `Content-Length: ${body.length}`];
const post = (path: string, headers: readonly string[] = withBody): Request => ({
  line: `POST ${path} HTTP/1.1`,
  headers,
  body,
});

describe('a request', () => {
  it.each<{ what: string; request: Request; status: number }>([
    { what: 'with the token', request: post('/mutate', [...withBody, token]), status: 200 },
    { what: 'with the path key', request: post(`/k/${pathKey}`), status: 200 },
    {
      what: 'in chunks',
      status: 200,
      request: {
        ...post('/mutate', [...json, token, 'Transfer-Encoding: chunked']),
        body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      },
    },
    {
      what: 'with the scheme in capitals',
      request: post('/mutate', [...withBody, `AUTHORIZATION: BEARER ${callerToken}`]),
      status: 200,
    },
    { what: 'with spaces after the token', request: post('/mutate', [...withBody, `${token}   `]), status: 200 },

    { what: 'for another path below a key', request: post(`/k/${pathKey}/../mutate`), status: 401 },
    {
      what: 'for an escaped key',
      request: post(`/k/%${pathKey.charCodeAt(0).toString(16)}${pathKey.slice(1)}`),
      status: 401,
    },
    { what: 'for a key with a NUL after it', request: post(`/k/${pathKey}%00`), status: 401 },
    { what: 'for a path in capitals', request: post(`/K/${pathKey}`), status: 401 },
    { what: 'for the escaped path of the health check', request: post('/%68ealthz'), status: 401 },
    { what: 'for an absolute URL', request: post('https://webhook/healthz'), status: 401 },
    {
      what: 'with another path in a header',
      request: post('/mutate', [...withBody, 'X-Original-URL: /healthz', 'X-HTTP-Method-Override: GET']),
      status: 401,
    },
    {
      what: 'with two tokens of which the first is valid',
      request: post('/mutate', [...withBody, token, 'Authorization: Bearer x']),
      status: 401,
    },
    {
      what: 'with two tokens of which the second is valid',
      request: post('/mutate', [...withBody, 'Authorization: Bearer x', token]),
      status: 401,
    },
    { what: 'with the token twice', request: post('/mutate', [...withBody, token, token]), status: 401 },
    {
      what: 'with a tab before the token',
      request: post('/mutate', [...withBody, token.replace('Bearer ', 'Bearer\t')]),
      status: 401,
    },
    {
      what: 'with a non-ASCII character after the token',
      request: post('/mutate', [...withBody, `${token}\u00e4`]),
      status: 401,
    },
    { what: 'with the token in the query', request: post(`/mutate?access_token=${callerToken}`), status: 401 },
    { what: 'with the token as a cookie', request: post('/mutate', [...withBody, `Cookie: ${token}`]), status: 401 },
    {
      what: 'with the token in a header __proto__',
      request: post('/mutate', [...withBody, `__proto__: Bearer ${callerToken}`]),
      status: 401,
    },
    {
      what: 'with the method OPTIONS of a browser',
      request: { line: 'OPTIONS /mutate HTTP/1.1', headers: ['Origin: https://example.com'] },
      status: 401,
    },
    { what: 'with the method OPTIONS for the server', request: { line: 'OPTIONS * HTTP/1.1' }, status: 401 },
    {
      what: 'of 7 MB',
      request: {
        line: 'POST /mutate HTTP/1.1',
        headers: [...json, token, 'Content-Length: 7000000'],
        body: ' '.repeat(7e6),
      },
      status: 413,
    },
    {
      what: 'of 7 MB in one chunk',
      request: {
        line: 'POST /mutate HTTP/1.1',
        headers: [...json, token, 'Transfer-Encoding: chunked'],
        body: `${(7e6).toString(16)}\r\n${' '.repeat(7e6)}\r\n0\r\n\r\n`,
      },
      status: 413,
    },
    {
      what: 'of 7 MB without a token',
      request: { line: 'POST /mutate HTTP/1.1', headers: [...json, 'Content-Length: 7000000'], body: ' '.repeat(7e6) },
      status: 401,
    },

    { what: 'with the method TRACE', request: { line: 'TRACE /mutate HTTP/1.1', headers: [token] }, status: 405 },
    {
      what: 'with the method PUT',
      request: { ...post('/mutate', [...withBody, token]), line: 'PUT /mutate HTTP/1.1' },
      status: 405,
    },
    { what: 'for a path with two slashes', request: post('//mutate', [...withBody, token]), status: 404 },
    { what: 'for the escaped path', request: post('/%6dutate', [...withBody, token]), status: 404 },
    {
      what: 'with gzip',
      request: {
        ...post('/mutate', [...json, token, 'Content-Encoding: gzip', 'Content-Length: 2']),
        body: '\x1f\x8b',
      },
      status: 400,
    },
    {
      what: 'with a million brackets',
      request: { ...post('/mutate', [...json, token, 'Content-Length: 1000000']), body: '['.repeat(1e6) },
      status: 400,
    },

    { what: 'with two lengths', request: post('/mutate', [...withBody, token, 'Content-Length: 5']), status: 400 },
    {
      what: 'with a length and chunks',
      request: {
        ...post('/mutate', [...json, 'Content-Length: 4', 'Transfer-Encoding: chunked']),
        body: '0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: webhook\r\n\r\n',
      },
      status: 400,
    },
    {
      what: 'with an unknown transfer coding',
      request: post('/mutate', [...json, token, 'Transfer-Encoding: xchunked']),
      status: 400,
    },
    { what: 'with a negative length', request: post('/mutate', [...json, token, 'Content-Length: -1']), status: 400 },
    {
      what: 'with a header on two lines',
      request: post('/mutate', [...withBody, `Authorization: Bearer\r\n ${callerToken}`]),
      status: 400,
    },
    { what: 'with a NUL in a header', request: post('/mutate', [...withBody, `${token}\0`]), status: 400 },
    {
      what: 'with a space before the colon',
      request: post('/mutate', [...withBody, token.replace(':', ' :')]),
      status: 400,
    },
    {
      what: 'with headers of 60 KB',
      request: post('/mutate', [...withBody, `X-A: ${'a'.repeat(60_000)}`]),
      status: 431,
    },
  ])('$what gets one answer with status $status', async ({ request, status }) => {
    const { statuses, text } = await send(request);

    expect(statuses).toEqual([status]);
    for (const secret of [callerToken, pathKey]) {
      expect(text).not.toContain(secret);
      expect(webhook.log.join('')).not.toContain(secret);
    }
  });

  it('after another one on the same connection is checked separately', async () => {
    const [one, other] = ['GET /healthz HTTP/1.1\r\nHost: webhook', 'POST /mutate HTTP/1.1\r\nHost: webhook'];

    expect((await send({ line: `${one}\r\n\r\n${other}`, headers: ['Content-Length: 0'] })).statuses).toEqual([
      200, 401,
    ]);
  });

  it('that the client aborts is logged as incomplete, and is not an error', async () => {
    const errors = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const socket = tls.connect({ port, host: '127.0.0.1', ca });
    await once(socket, 'secureConnect');
    const gone = new Promise((resolve) => server.once('request', (request) => request.once('close', resolve)));
    const head = [`POST /mutate HTTP/1.1`, 'Host: webhook', token, ...json, 'Content-Length: 100'];
    socket.write(`${head.join('\r\n')}\r\n\r\n{`);
    socket.end();
    socket.destroy();
    await gone;
    await new Promise(setImmediate);

    expect(errors.mock.calls).toEqual([]);
    expect(JSON.parse(webhook.log.at(-1) ?? '')).toMatchObject({ outcome: 'refused', code: 'body-incomplete' });
    errors.mockRestore();
  });
});
