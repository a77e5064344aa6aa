// The check of other webhooks before the benchmark measures them.

import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask, client, servedReview } from '../../bench/target.ts';
import { createTestAuthority, type TestAuthority } from '../../testing/certificates.ts';

const review = servedReview({ metadata: { name: 'checkout-1', namespace: 'shop' }, spec: { containers: [{}] } });

let authority: TestAuthority;
let other: TestAuthority;
let server: Server | undefined;

beforeAll(async () => {
  [authority, other] = await Promise.all([createTestAuthority(), createTestAuthority()]);
});

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Starts a webhook that gives every review the same answer. @returns its URL. */
async function webhook(answer: (uid: string) => unknown, status = 200): Promise<string> {
  const { certPem, keyPem } = await authority.issue();
  server = createServer({ cert: certPem, key: keyPem }, async (request, response) => {
    const { uid } = JSON.parse(await text(request)).request;
    const body = answer(uid);
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify({ response: body }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/mutate`;
}

const base64 = (operations: unknown) => Buffer.from(JSON.stringify(operations)).toString('base64');
const projected = { sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }] };
const volume = { op: 'add', path: '/spec/volumes', value: [{ name: 'aws-iam-token', projected }] };
const label = { op: 'add', path: '/metadata/labels', value: { seen: 'true' } };
const allow = (uid: string) => ({ uid, allowed: true });

describe('the check of a target', () => {
  test.each([
    { patch: base64([label, volume]), outcome: 'injects a token' },
    { patch: base64([label]), outcome: 'patches without a token' },
    { patch: base64([]), outcome: 'no patch' },
    { patch: base64(null), outcome: 'no patch' },
    { patch: undefined, outcome: 'no patch' },
  ])('reports "$outcome" for the patch $patch', async ({ patch, outcome }) => {
    const url = await webhook((uid) => ({ ...allow(uid), patch }));

    expect(await ask({ url, ca: [authority.certPem] }, review)).toMatchObject({ url, outcome });
  });

  test.each<[string, (uid: string) => unknown, number, RegExp]>([
    ['denies the pod', (uid) => ({ uid, allowed: false, status: { message: 'no role' } }), 200, /denies.*no role/],
    ['does not know the caller', () => 'who are you', 401, /answered 401: who are you; make it accept .*"bench"/],
    ['has another path', () => '404 page not found\n', 404, /answered 404: 404 page not found$/],
    ['does not answer with a review', () => '<html>welcome</html>', 200, /uid of the review, but with: <html>/],
    ['answers another review', () => allow('another'), 200, /the uid of the review/],
  ])('fails with the URL and the reason if the target %s', async (_, answer, status, message) => {
    const url = await webhook(answer, status);
    const asked = ask({ url, insecure: true }, review);

    await expect(asked).rejects.toMatchObject({
      code: 'bench-target',
      message: expect.stringMatching(`^the target ${url} `),
    });
    await expect(asked).rejects.toThrow(message);
  });

  test('fails if the target cannot be reached', async () => {
    const url = await webhook(() => '');
    server?.close();

    const message = `the target ${url} cannot be reached: connect`;
    await expect(ask({ url, insecure: true }, review)).rejects.toThrow(message);
  });

  test('fails if no authority of its certificate is trusted, and names both options', async () => {
    const target = { url: await webhook(allow), ca: [other.certPem] };

    await expect(ask(target, review)).rejects.toThrow(/not trusted \(\w+\).*--target-ca.*--insecure/);
    await expect(client(target, review)()).rejects.toMatchObject({ code: 'bench-target' });
  });
});

describe('the client of a target', () => {
  test.each([
    { what: 'one of several authorities', options: () => ({ ca: [other.certPem, authority.certPem] }) },
    { what: 'any authority with --insecure', options: () => ({ insecure: true }) },
  ])('accepts a certificate of $what', async ({ options }) => {
    const target = { url: await webhook(allow), ...options() };

    await expect(ask(target, review)).resolves.toMatchObject({ outcome: 'no patch' });
    await expect(client(target, review)()).resolves.toBeUndefined();
  });

  test('fails if the target answers with an error under load', async () => {
    const send = client({ url: await webhook(() => 'busy', 503), insecure: true }, review);

    await expect(send()).rejects.toThrow(/^the target https:.* answered 503 under load$/);
  });
});
