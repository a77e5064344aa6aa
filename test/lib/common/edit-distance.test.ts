// Tests the Levenshtein distance: known distances, and its properties.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../../../lib/common/edit-distance.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['cwii.dev/aws-rol-arn', 'cwii.dev/aws-role-arn', 1],
    ['ab', 'ba', 2],
  ])('of %j and %j is %i', (one, other, steps) => {
    expect(editDistance(one, other)).toBe(steps);
  });

  it('is the same in both directions, 0 only for equal texts, and at most the longer length', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const steps = editDistance(one, other);

        expect(editDistance(other, one)).toBe(steps);
        expect(steps === 0).toBe(one === other);
        expect(steps).toBeLessThanOrEqual(Math.max(one.length, other.length));
        expect(steps).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
      }),
    );
  });
});
