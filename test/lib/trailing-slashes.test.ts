// Knows what is left of a text without the slashes at its end.

import { describe, expect, it } from 'vitest';
import { withoutTrailingSlashes } from '../../lib/common/trailing-slashes.ts';

describe('a text without the slashes at its end', () => {
  it.each([
    ['/a/b/', '/a/b'],
    ['a///', 'a'],
    ['//a', '//a'],
    ['a', 'a'],
    ['///', ''],
    ['', ''],
  ])('%j is %j', (text, plain) => {
    expect(withoutTrailingSlashes(text)).toBe(plain);
  });

  it('is found in any text at once', () => {
    const text = `${'/'.repeat(1_000_000)}x`;

    expect(withoutTrailingSlashes(text)).toBe(text);
  });
});
