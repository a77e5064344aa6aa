// The text of every finding fits into 256 characters, which the API server keeps, without control characters.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeFinding, type Finding } from '../../lib/annotations/findings.ts';
import { admit } from './pods.ts';

/**
 * Control and format characters, such as those that change the writing direction, and separators.
 */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Any text that JSON can represent, with lone surrogates and long texts. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('\u001b[2J', 'a\r\nb', '\u202Egnp.exe', '\u2028', '\0', '\u200B', '🏳️‍🌈', ''),
  fc
    .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 400 }))
    .map(([piece, times]) => piece.repeat(times)),
);

function expectShowable(line: string): void {
  expect([...line].length, line).toBeLessThanOrEqual(256);
  expect(CONTROL.exec(line)?.[0].codePointAt(0)?.toString(16), line).toBeUndefined();
}

test('a finding about any key, value and object is one short line without control characters', () => {
  fc.assert(
    fc.property(anyText, fc.option(anyText), anyText, anyText, (key, value, object, message) => {
      const finding: Finding = {
        code: 'annotation-unknown',
        severity: 'warn',
        scope: 'pod',
        key,
        object,
        message,
        ...(value !== null && { value }),
      };

      expectShowable(describeFinding(finding));
    }),
    { numRuns: 1000 },
  );
});

test('a finding with a value of any length names the key, the object, the problem and the remedy', () => {
  fc.assert(
    fc.property(anyText, anyText, (value, object) => {
      const message = 'not the ARN of an IAM role; write arn:aws:iam::<12-digit account>:role/<name>';
      const line = describeFinding({
        code: 'aws-role-arn-invalid',
        severity: 'deny',
        scope: 'pod',
        key: 'cwii.dev/aws-role-arn',
        value,
        object,
        message,
      });

      expect(line.startsWith('cwii.dev/aws-role-arn "')).toBe(true);
      expect(line).toContain('" on ');
      expect(line.endsWith(`: ${message}`)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

const ID = '11111111-2222-3333-4444-555555555555';

const annotations = fc
  .tuple(
    fc.dictionary(
      anyText.map((text) => `cwii.dev/${text}`),
      anyText,
      { maxKeys: 3 },
    ),
    fc.record(
      {
        'cwii.dev/aws-role-arn': fc.oneof(anyText, fc.constant('arn:aws:iam::123456789012:role/web')),
        'cwii.dev/aws-inject': fc.oneof(anyText, fc.constant('true')),
        'cwii.dev/aws-region': anyText,
        'cwii.dev/aws-role-session-name': anyText,
        'cwii.dev/aws-token-expiration': anyText,
        'cwii.dev/aws-verify': fc.oneof(anyText, fc.constant('true')),
        'cwii.dev/aws-verify-enforce': fc.oneof(anyText, fc.constant('true')),
        'cwii.dev/aws-verify-image': anyText,
        'cwii.dev/az-client-id': fc.oneof(anyText, fc.constant(ID)),
        'cwii.dev/az-tenant-id': fc.constant(ID),
        'cwii.dev/az-authority-host': anyText,
        'cwii.dev/gcp-service-account': fc.oneof(anyText, fc.constant('a@b.iam.gserviceaccount.com')),
        'cwii.dev/gcp-audience': anyText,
        'cwii.dev/skip-containers': anyText,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([others, ours]) => ({ ...others, ...ours }));

const hostilePods = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Pod'),
  metadata: fc.record({
    name: anyText,
    generateName: anyText,
    annotations,
    ownerReferences: fc.array(
      fc.record({
        apiVersion: fc.constant('apps/v1'),
        kind: fc.constantFrom('ReplicaSet', 'StatefulSet'),
        name: anyText,
        uid: anyText,
        controller: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
  }),
  spec: fc.record({
    serviceAccountName: fc.constantFrom('my-app', ''),
    volumes: fc.array(fc.record({ name: fc.oneof(anyText, fc.constant('cwii-aws-token')) }), { maxLength: 1 }),
    containers: fc.array(
      fc.record({
        name: anyText,
        env: fc.array(fc.record({ name: fc.oneof(anyText, fc.constantFrom('AWS_ROLE_ARN', 'AWS_SESSION_TOKEN')) }), {
          maxLength: 2,
        }),
        volumeMounts: fc.array(
          fc.record({ name: anyText, mountPath: fc.oneof(anyText, fc.constant('/var/run/secrets/cwii.dev/aws///')) }),
          { maxLength: 1 },
        ),
      }),
      { maxLength: 3 },
    ),
  }),
});

test('all findings about a pod with any names, keys and values are short lines without control characters', async () => {
  const codes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(hostilePods, async (pod) => {
      const { findings } = await admit(pod);

      for (const finding of findings) {
        codes.add(finding.code);
        expectShowable(describeFinding(finding));
      }
    }),
    { numRuns: 1000 },
  );
  expect(codes.size, [...codes].join(', ')).toBeGreaterThan(8);
});
