// What the bench finds out about another webhook before it measures it.

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

/** A webhook that answers every review alike. @returns its address. */
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

describe('what a target does to the pod', () => {
  test.each([
    ['injects a token', base64([label, volume])],
    ['patches without a token', base64([label])],
    ['no patch', base64([])],
    ['no patch', base64(null)],
    ['no patch', undefined],
  ])('%s: %s', async (outcome, patch) => {
    const url = await webhook((uid) => ({ uid, allowed: true, patch }));
    expect(await ask({ url, ca: [authority.certPem] }, review)).toMatchObject({ url, outcome });
  });
});

describe('a target that cannot be measured is named, with the reason', () => {
  test.each<[string, (uid: string) => unknown, number, RegExp]>([
    ['it refuses the pod', (uid) => ({ uid, allowed: false, status: { message: 'no role' } }), 200, /refuses.*no role/],
    ['it does not know the caller', () => 'who are you', 401, /answered 401: who are you\. .*token "bench"/],
    ['it has another path', () => '404 page not found\n', 404, /answered 404: 404 page not found$/],
    ['it is no webhook', () => '<html>welcome</html>', 200, /the review's uid, but: <html>/],
    ['it answers another review', () => ({ uid: 'another', allowed: true }), 200, /the review's uid/],
  ])('%s', async (_, answer, status, message) => {
    const url = await webhook(answer, status);
    const asked = ask({ url, insecure: true }, review);
    await expect(asked).rejects.toMatchObject({
      code: 'bench-target',
      message: expect.stringMatching(`^the target ${url} `),
    });
    await expect(asked).rejects.toThrow(message);
  });

  test('nobody listens there', async () => {
    const url = await webhook(() => '');
    server?.close();
    await expect(ask({ url, insecure: true }, review)).rejects.toThrow(`the target ${url} is not reached: connect`);
  });

  test('it fails under load only', async () => {
    const send = client({ url: await webhook(() => 'busy', 503), insecure: true }, review);
    await expect(send()).rejects.toThrow(/^the target https:.* answered 503 under load$/);
  });
});

describe('the certificate of a target', () => {
  const allow = (uid: string) => ({ uid, allowed: true });

  test('of one of several authorities is trusted, under load too', async () => {
    const target = { url: await webhook(allow), ca: [other.certPem, authority.certPem] };
    await expect(ask(target, review)).resolves.toMatchObject({ outcome: 'no patch' });
    await expect(client(target, review)()).resolves.toBeUndefined();
  });

  test('of another authority is refused, and both ways out are said', async () => {
    const target = { url: await webhook(allow), ca: [other.certPem] };
    await expect(ask(target, review)).rejects.toThrow(/not trusted \(\w+\).*--target-ca.*--insecure/);
    await expect(client(target, review)()).rejects.toMatchObject({ code: 'bench-target' });
  });

  test('of nobody who is known is taken where that is asked for', async () => {
    const target = { url: await webhook(allow), insecure: true };
    await expect(ask(target, review)).resolves.toMatchObject({ outcome: 'no patch' });
    await expect(client(target, review)()).resolves.toBeUndefined();
  });
});
