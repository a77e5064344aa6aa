// Knows how a finding is worded: one printable line that the API server does not cut.

import { describe, expect, it } from 'vitest';
import { findingCodes } from '../../../lib/annotations/finding-codes.ts';
import {
  annotationFinding,
  describeFinding,
  type Finding,
  LONGEST_WARNING,
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

describe('a finding', () => {
  it('is told as key, value, object and what to do', () => {
    expect(describeFinding(base)).toBe(
      'cwii.dev/aws-verify "yes" on ServiceAccount shop/web: neither "true" nor "false"; write "true" or "false"',
    );
  });

  it('without a value is told without one', () => {
    const { value: _, ...finding } = base;

    expect(describeFinding(finding)).toMatch(/^cwii\.dev\/aws-verify on ServiceAccount shop\/web: neither/);
  });

  it('keeps the beginning and the end of a long value', () => {
    const told = describeFinding({ ...base, value: `begin${'x'.repeat(100)}end` });

    expect(told).toMatch(/"beginx+…x+end" on/);
    expect(lengthOf(told)).toBeLessThanOrEqual(LONGEST_WARNING);
  });

  it('keeps what to do whole where the object has a long name', () => {
    const told = describeFinding({
      ...base,
      value: 'y'.repeat(60),
      object: `Pod ${'n'.repeat(63)}/${'p'.repeat(253)}`,
    });

    expect(told).toContain(`: ${base.message}`);
    expect(told).toMatch(/ on Pod n+…p+: /);
    expect(lengthOf(told)).toBe(LONGEST_WARNING);
  });

  it('shortens an object no further than to what can be recognised', () => {
    const told = describeFinding({ ...base, key: 'k'.repeat(175), object: 'o'.repeat(100) });

    expect(told).toMatch(/ on o{12}…o{11}: /);
  });

  it('has at most 256 characters whatever is in it', () => {
    const told = describeFinding({ ...base, key: 'k'.repeat(400), value: 'v'.repeat(400), object: 'o'.repeat(400) });

    expect(lengthOf(told)).toBe(LONGEST_WARNING);
  });

  it('counts characters as the API server does, not UTF-16 units', () => {
    const told = describeFinding({ ...base, value: '🦊'.repeat(60) });

    expect(told).toContain(`"${'🦊'.repeat(60)}"`);
  });

  it.each([
    ['a line break', '\n'],
    ['a carriage return', '\r'],
    ['an escape', '\u001b[31m'],
    ['a null', '\0'],
    ['a line separator', '\u2028'],
    ['a change of the writing direction', '\u202e'],
    ['a zero-width space', '\u200b'],
  ])('never has %s in it', (_, bad) => {
    const told = describeFinding({ ...base, key: `k${bad}`, value: `v${bad}`, object: `o${bad}` });

    expect(told).not.toContain(bad[0]);
    expect(told.match(/\uFFFD/g)).toHaveLength(3);
  });

  it('about an annotation is placed where its value was found', () => {
    const source = { kind: 'namespace', object: 'Namespace shop', annotations: {} } as const;

    expect(annotationFinding('boolean-unreadable', { key: 'k', raw: ' v ', source }, 'message')).toEqual({
      code: 'boolean-unreadable',
      severity: 'warn',
      key: 'k',
      value: ' v ',
      scope: 'namespace',
      object: 'Namespace shop',
      message: 'message',
    });
  });
});

describe('the table of findings', () => {
  it.each(Object.entries(findingCodes))('says of %s what it means and what to do', (code, { meaning, remedy }) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(meaning).toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  });
});
