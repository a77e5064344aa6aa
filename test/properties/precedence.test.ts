// Precedence for any scopes, compared with a second implementation.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KeyName } from '../../lib/annotations/keys.ts';
import { resolve } from '../../lib/annotations/resolve.ts';
import type { Scope } from '../../lib/annotations/scope.ts';

const SWITCHES: KeyName[] = [
  'cwii.dev/aws-inject',
  'cwii.dev/aws-verify',
  'cwii.dev/aws-verify-enforce',
  'cwii.dev/aws-sts-regional-endpoints',
  'cwii.dev/az-inject',
  'cwii.dev/gcp-verify',
];
const TEXTS: KeyName[] = [
  'cwii.dev/aws-role-arn',
  'cwii.dev/aws-region',
  'cwii.dev/aws-role-session-name',
  'cwii.dev/aws-audience',
  'cwii.dev/aws-token-expiration',
  'cwii.dev/aws-verify-image',
  'cwii.dev/az-client-id',
  'cwii.dev/gcp-audience',
  'cwii.dev/skip-containers',
];

const blanks = fc.constantFrom('', ' ', '\t', '\n', ' \n ');
const padded = (values: fc.Arbitrary<string>) =>
  fc.tuple(blanks, values, blanks).map(([before, value, after]) => `${before}${value}${after}`);
const values = fc.oneof(
  blanks,
  padded(fc.constantFrom('true', 'false', 'TRUE', 'False', 'tRuE', 'yes', '1', 'true false')),
  padded(fc.string({ maxLength: 6 })),
);

const scopes: fc.Arbitrary<Scope[]> = fc
  .tuple(
    fc.array(fc.dictionary(fc.constantFrom(...SWITCHES, ...TEXTS), values), { minLength: 1, maxLength: 6 }),
    fc.constantFrom('pod', 'owner', 'serviceaccount', 'namespace'),
  )
  .map(
    ([maps, kind]) => maps.map((annotations, index) => ({ kind, object: `object ${index}`, annotations })) as Scope[],
  );

function expected(key: KeyName, from: readonly Scope[]): { value: unknown; object: string } | undefined {
  for (const { annotations, object } of from) {
    const value = (annotations[key] ?? '').trim();
    const word = value.toLowerCase();
    if (SWITCHES.includes(key) ? word === 'true' || word === 'false' : value !== '')
      return { value: SWITCHES.includes(key) ? word === 'true' : value, object };
  }
  return undefined;
}

test('each key has its first explicit value and the object it comes from', () => {
  fc.assert(
    fc.property(scopes, fc.constantFrom(...SWITCHES, ...TEXTS), (from, key) => {
      const found = resolve(from).get(key);

      expect(found && { value: found.value, object: found.source.object }).toEqual(expected(key, from));
    }),
    { numRuns: 2000 },
  );
});

test('a key is resolved independently of other keys', () => {
  fc.assert(
    fc.property(scopes, fc.constantFrom(...SWITCHES, ...TEXTS), (from, key) => {
      const alone = from.map((scope) => ({
        ...scope,
        annotations: Object.fromEntries(Object.entries(scope.annotations).filter(([name]) => name === key)),
      }));

      expect(resolve(from).get(key)?.value).toEqual(resolve(alone).get(key)?.value);
    }),
    { numRuns: 1000 },
  );
});

test('an invalid switch is ignored with a warning if no scope before it has an explicit value', () => {
  fc.assert(
    fc.property(scopes, fc.constantFrom(...SWITCHES), (from, key) => {
      const { findings } = resolve(from);
      const decided = from.findIndex(({ object }) => object === expected(key, from)?.object);
      const read = decided === -1 ? from : from.slice(0, decided);
      const unreadable = read.filter(({ annotations }) => (annotations[key] ?? '').trim() !== '');

      expect(findings.filter((finding) => finding.key === key)).toMatchObject(
        unreadable.map(({ object }) => ({ code: 'boolean-unreadable', severity: 'warn', object })),
      );
    }),
    { numRuns: 1000 },
  );
});
