// Tests for suggestions of names.

import { describe, expect, test } from 'vitest';
import { nearestName } from '../../../lib/common/nearest-name.ts';

const names = ['webIdentity', 'secret', 'eks', 'none'];

describe('the nearest name', () => {
  test.for([
    ['webIdentiy', 'webIdentity'],
    ['WEBIDENTITY', 'webIdentity'],
    ['sekret', 'secret'],
    ['token', undefined],
  ] as const)('to %s is %s', ([name, nearest]) => {
    expect(nearestName(name, names)).toBe(nearest);
  });

  test('to a name of a hundred million characters is undefined, without a comparison', () => {
    expect(nearestName('x'.repeat(100_000_000), names)).toBeUndefined();
  });

  test('is undefined without candidates', () => {
    expect(nearestName('none', [])).toBeUndefined();
  });
});
