// Tests the removal of trailing slashes.

import { describe, expect, it } from 'vitest';
import { withoutTrailingSlashes } from '../../../lib/common/trailing-slashes.ts';

describe('withoutTrailingSlashes', () => {
  it.each([
    ['/a/b/', '/a/b'],
    ['a///', 'a'],
    ['//a', '//a'],
    ['a', 'a'],
    ['///', ''],
    ['', ''],
  ])('converts %j to %j', (text, plain) => {
    expect(withoutTrailingSlashes(text)).toBe(plain);
  });

  it('is fast for a long text', () => {
    const text = `${'/'.repeat(1_000_000)}x`;

    expect(withoutTrailingSlashes(text)).toBe(text);
  });
});
