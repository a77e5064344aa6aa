// Tests how findings are created from the catalogue, and how each is written as one line.

import { describe, expect, it } from 'vitest';
import {
  asWarning,
  describeFinding,
  type Finding,
  findingOf,
  invalidFinding,
  LONGEST_WARNING,
  locationOf,
} from '../../../lib/annotations/findings.ts';

const base: Finding = {
  code: 'boolean-unreadable',
  severity: 'warn',
  key: 'cwii.dev/aws-verify',
  value: 'yes',
  scope: 'serviceaccount',
  object: 'ServiceAccount shop/web',
  message: 'neither "true" nor "false"; write "true" or "false"',
};
const lengthOf = (text: string) => [...text].length;

describe('describeFinding', () => {
  it('writes key, value, object and message', () => {
    expect(describeFinding(base)).toBe(
      'cwii.dev/aws-verify "yes" on ServiceAccount shop/web: neither "true" nor "false"; write "true" or "false"',
    );
  });

  it('omits an absent value', () => {
    const { value: _, ...finding } = base;

    expect(describeFinding(finding)).toMatch(/^cwii\.dev\/aws-verify on ServiceAccount shop\/web: neither/);
  });

  it('keeps the beginning and the end of a long value', () => {
    const line = describeFinding({ ...base, value: `begin${'x'.repeat(100)}end` });

    expect(line).toMatch(/"beginx+…x+end" on/);
    expect(lengthOf(line)).toBeLessThanOrEqual(LONGEST_WARNING);
  });

  it('shortens the object’s name, not the message', () => {
    const object = `Pod ${'n'.repeat(63)}/${'p'.repeat(253)}`;

    const line = describeFinding({ ...base, value: 'y'.repeat(60), object });

    expect(line).toContain(`: ${base.message}`);
    expect(line).toMatch(/ on Pod n+…p+: /);
    expect(lengthOf(line)).toBe(LONGEST_WARNING);
  });

  it('keeps at least 24 characters of the object’s name', () => {
    const line = describeFinding({ ...base, key: 'k'.repeat(175), object: 'o'.repeat(100) });

    expect(line).toMatch(/ on o{12}…o{11}: /);
  });

  it('writes at most 256 characters, whatever the finding contains', () => {
    const line = describeFinding({ ...base, key: 'k'.repeat(400), value: 'v'.repeat(400), object: 'o'.repeat(400) });

    expect(lengthOf(line)).toBe(LONGEST_WARNING);
  });

  it('counts code points as the API server does, not UTF-16 units', () => {
    const line = describeFinding({ ...base, value: '🦊'.repeat(60) });

    expect(line).toContain(`"${'🦊'.repeat(60)}"`);
  });

  it.each([
    ['a line break', '\n'],
    ['a carriage return', '\r'],
    ['an escape sequence', '\u001b[31m'],
    ['a null character', '\0'],
    ['a line separator', '\u2028'],
    ['a change of writing direction', '\u202e'],
    ['a zero-width space', '\u200b'],
  ])('replaces %s', (_, bad) => {
    const line = describeFinding({ ...base, key: `k${bad}`, value: `v${bad}`, object: `o${bad}` });

    expect(line).not.toContain(bad[0]);
    expect(line.match(/\uFFFD/g)).toHaveLength(3);
  });
});

describe('asWarning', () => {
  it('keeps the beginning and the end of a long text, and replaces control characters', () => {
    const line = asWarning(`begin\n${'x'.repeat(400)}end`);

    expect(line).toMatch(/^begin\uFFFDx+…x+end$/);
    expect(lengthOf(line)).toBe(LONGEST_WARNING);
  });
});

describe('A text of megabytes', () => {
  const long = (middle: number) => `begin\n${'\u{1F600}'.repeat(middle)}\uD83D end`;

  it('is written like a long one, because only its ends count', () => {
    expect(asWarning(long(1_000_000))).toBe(asWarning(long(2000)));
    const [one, other] = [2000, 1_000_000].map((middle) =>
      describeFinding({ ...base, key: long(middle), value: long(middle), object: long(middle), message: long(middle) }),
    );
    expect(other).toBe(one);
  });
});

describe('A finding', () => {
  const source = { kind: 'namespace', object: 'Namespace shop', annotations: {} } as const;
  const place = locationOf({ key: 'k', raw: ' v ', source });

  it('has the place of the annotation, with the value as written', () => {
    expect(place).toEqual({ key: 'k', value: ' v ', scope: 'namespace', object: 'Namespace shop' });
  });

  it('has the severity of its code and the message "problem; remedy"', () => {
    expect(findingOf('aws-role-missing', place)).toEqual({
      code: 'aws-role-missing',
      severity: 'warn',
      ...place,
      message: 'no role is set, so nothing is injected for AWS; set cwii.dev/aws-role-arn',
      incomplete: true,
    });
    expect(findingOf('audience-of-api-server', place)).toMatchObject({ severity: 'deny' });
  });

  it('has the parameters of the call in its message', () => {
    expect(findingOf('containers-too-many', place, { count: 501, most: 500 }).message).toMatch(
      /^the pod has 501 containers, but cwii supports at most 500; /,
    );
  });

  it.each([
    { severity: 'deny', problem: 'not a UUID' },
    { severity: 'warn', problem: 'not a UUID, so nothing is injected for Azure' },
  ] as const)('about an invalid value names the effect only as a warning: $severity', ({ severity, problem }) => {
    expect(invalidFinding('az-id-invalid', place, severity, 'nothing is injected for Azure')).toEqual({
      code: 'az-id-invalid',
      severity,
      ...place,
      message: `${problem}; write the ID as the Azure portal shows it`,
    });
  });
});
