// Tests for `cwii serve`: the built bundle behind HTTPS, from its start to its end by a signal.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import jsonPatch from 'fast-json-patch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podOf, reviewOf } from '../fakes/events.ts';
import { callerToken } from '../fakes/secrets.ts';
import { cwiiProcess, failure } from './command.ts';
import { CALLER, post, type ServedFiles, servedFiles, serve as serveFrom, serveOptions } from './served.ts';

let folder: ServedFiles;

beforeAll(async () => {
  folder = await servedFiles();
});

afterAll(() => folder[Symbol.asyncDispose]());

const options = (port: number, key = 'tls.key', cert = 'tls.crt') => serveOptions(folder, port, key, cert);
const serve = (env?: Readonly<Record<string, string>>) => serveFrom(folder, env ? { env } : {});

const pod = podOf();
const review = reviewOf();
const { uid } = review.request;
describe('a served webhook', () => {
  test('answers a health check and an AdmissionReview, logs the review, and ends with status 0', async () => {
    // Prepare
    await using server = await serve();

    // Act
    const health = await server.call('/healthz');
    const answer = await server.call('/mutate?timeout=5s', { ...post, body: JSON.stringify(review) });
    const { log, ...ended } = await server.stop();

    // Assess
    expect(health).toMatchObject({ status: 200, text: '{"status":"ok"}' });
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
    [
      'the certificate is of another key',
      'other.key',
      'tls.crt',
      /^cwii: --tls-key \S+other\.key is not the key of --tls-cert \S+tls\.crt; pass the certificate of the server first/,
    ],
    [
      'the certificate is the key',
      'tls.key',
      'tls.key',
      /^cwii: --tls-cert \S+tls\.key is not a certificate in PEM \(.+\); correct the path \[tls-invalid\]\n$/,
    ],
    [
      'the key is the certificate',
      'tls.crt',
      'tls.crt',
      /^cwii: --tls-key \S+tls\.crt is not a private key in PEM \(.+\); correct the path \[tls-invalid\]\n$/,
    ],
  ] as const)('if %s', async ([, key, cert, message]) => {
    const { status, stdout, stderr } = await cwiiProcess(options(0, key, cert), { env: CALLER });

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('if no caller is configured', async () => {
    const { status, stdout, stderr } = await cwiiProcess(options(0));

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(
      /^cwii: .*cannot start with this configuration:\n {2}- CWII_CALLER_TOKEN_SHA256 .+ \[config-invalid\]\n$/,
    );
  });
});
