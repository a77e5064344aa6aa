// The numbers that `npm run fuzz` and `npm run soak` accept.

import { describe, expect, it } from 'vitest';
import { positiveNumber, wholeNumber } from '../../testing/number-options.ts';

describe('a whole number of at least 1', () => {
  it('is returned', () => {
    expect(wholeNumber(1)('30000')).toBe(30_000);
  });

  it.each(['1e3x', '1.5', '-1', '', '1234567890123456'])('is not %j', (value) => {
    expect(() => wholeNumber(1)(value)).toThrow('Use a whole number.');
  });

  it('is not 0', () => {
    expect(() => wholeNumber(1)('0')).toThrow('Use 1 or more.');
  });
});

describe('a positive number', () => {
  it.each(['15', '0.6'])('is returned: %s', (value) => {
    expect(positiveNumber(value)).toBe(Number(value));
  });

  it.each(['ten', '0', '-1', '', 'Infinity'])('is not %j', (value) => {
    expect(() => positiveNumber(value)).toThrow('Use a number above 0.');
  });
});
