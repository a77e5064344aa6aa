// No review can add a log line, a control character in the log, or a response header, or change a prototype.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeCluster } from '../fakes/cluster.ts';
import { eventOf, reviewOf } from '../fakes/events.ts';
import { type Answer, startWebhook, type Webhook } from '../fakes/webhook.ts';

/** Characters that affect a terminal or a log: control and format characters, lone surrogates, separators. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    'a\r\nb',
    '\u001b[2J',
    '\u009b2J',
    '\u2028',
    '\u0085',
    '\u202Etxt',
    '\uD800',
    '\u{E0041}',
    '\0',
    '__proto__',
    'constructor',
    'toString',
    'x\r\nset-cookie: a=b',
    '","level":"info","outcome":"admitted',
  ),
);
const texts = fc.dictionary(hostile, hostile, { maxKeys: 3 });
const json = fc.oneof(hostile, texts, fc.jsonValue({ maxDepth: 2 }));

const fields = fc.record({
  uid: json,
  name: json,
  namespace: fc.oneof(json, fc.constant('shop')),
  operation: fc.oneof(json, fc.constantFrom('CREATE', 'UPDATE')),
  subResource: json,
  dryRun: json,
  resource: fc.oneof(
    json,
    fc.record({
      group: fc.constantFrom('', 'apps'),
      version: hostile,
      resource: fc.constantFrom('pods', 'deployments'),
    }),
  ),
  object: fc.oneof(
    json,
    fc.record({
      metadata: fc.record({ name: hostile, generateName: hostile, annotations: texts, labels: texts }),
      spec: fc.oneof(json, fc.record({ serviceAccountName: hostile, containers: fc.constant([{ name: 'app' }]) })),
    }),
  ),
});
/** Changes only a few fields, so that many reviews pass the first checks. */
const changes = fc
  .tuple(
    fields,
    fc.subarray(['uid', 'name', 'namespace', 'operation', 'subResource', 'dryRun', 'resource', 'object'] as const, {
      maxLength: 2,
    }),
  )
  .map(([all, chosen]) => Object.fromEntries(chosen.map((field) => [field, all[field]])));

function expectSafe({ log }: Webhook, { headers }: Answer): void {
  const line = log.join('');
  expect(log).toHaveLength(1);
  expect(line.endsWith('}\n')).toBe(true);
  expect(CONTROL.exec(line.slice(0, -1))?.[0].codePointAt(0)?.toString(16), line).toBeUndefined();
  expect(JSON.parse(line)).toMatchObject({ outcome: expect.any(String), status: expect.any(Number) });
  for (const [name, value] of Object.entries(headers)) {
    expect(['content-type', 'www-authenticate', 'allow']).toContain(name);
    expect(['application/json', 'Bearer', 'POST', 'GET, HEAD']).toContain(value);
  }
}

describe('a hostile review', () => {
  it('results in one log line without control characters, and in no header', async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        const webhook = startWebhook({ reader: new FakeCluster() });
        const event = eventOf(reviewOf(({ request }) => void Object.assign(request, change)));

        expectSafe(webhook, await webhook.call(event));
        outcomes.add(JSON.parse(webhook.log.join('')).outcome);
      }),
      { numRuns: 600 },
    );
    expect([...outcomes].sort()).toEqual(expect.arrayContaining(['admitted', 'refused', 'skipped']));
  });

  it('has the same result with hostile text in any field of the event', async () => {
    const event = fc.record({
      rawPath: hostile,
      rawQueryString: hostile,
      type: hostile,
      method: hostile,
      token: hostile,
    });
    await fc.assert(
      fc.asyncProperty(event, async ({ rawPath, rawQueryString, type, method, token }) => {
        const webhook = startWebhook({ env: { CWII_CALLER_TOKEN_SHA256: undefined, CWII_ALLOW_ANONYMOUS: 'true' } });
        const answer = await webhook.call(
          eventOf(reviewOf(), (changed) => {
            Object.assign(changed, { rawPath: `/${rawPath}`, rawQueryString });
            changed.headers = { 'content-type': type, authorization: token };
            changed.requestContext.http.method = method;
          }),
        );

        expectSafe(webhook, answer);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a name from a prototype', () => {
  const polluting = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', 'then'];

  it.each(polluting)('such as %s is ignored anywhere in a review and changes no prototype', async (key) => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    // JSON text, because `__proto__` in an object literal is not a key.
    const map = `{"cwii.dev/aws-role-arn":"arn:aws:iam::123456789012:role/web","${key}":"x"}`;
    const nested = `{"${key}":{"polluted":"yes","cwii.dev/aws-inject":"false","prototype":{"polluted":"yes"}}}`;
    const pod = `{"${key}":${nested},"metadata":{"annotations":${map},"labels":${map},"${key}":${nested}},
      "spec":{"${key}":${nested},"serviceAccountName":"web","volumes":[{"name":"a","${key}":${nested}}],
      "containers":[{"name":"${key}","${key}":${nested},"env":[{"name":"${key}","value":"x"}]}]}}`;
    const webhook = startWebhook();
    const event = eventOf(reviewOf(), (changed) => {
      const review = JSON.stringify(reviewOf(({ request }) => void Object.assign(request, { object: 'POD' })));
      changed.body = review.replace('"POD"', () => pod);
    });

    const { status, text } = await webhook.call(event);

    expect(status).toBe(200);
    expect(JSON.parse(text).response).toMatchObject({ allowed: true, auditAnnotations: { providers: 'aws' } });
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(polluting)('such as %s as the name of a ServiceAccount finds no object', async (key) => {
    const reader = new FakeCluster().serve('Namespace shop');
    const webhook = startWebhook({ reader });
    const review = reviewOf(({ request }) => {
      request.object = { metadata: {}, spec: { serviceAccountName: key, containers: [{ name: 'app' }] } };
    });

    const { text } = await webhook.call(eventOf(review));

    expect(JSON.parse(text).response).toMatchObject({ allowed: true, auditAnnotations: { outcome: 'nothing' } });
  });
});
