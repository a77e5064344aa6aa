// Tests the size of annotations against the API server's limit.

import { describe, expect, it } from 'vitest';
import { exceedsAnnotationLimit, MAX_ANNOTATION_BYTES } from '../../../lib/kubernetes/annotation-size.ts';

const exceeds = (annotations: unknown) => exceedsAnnotationLimit({ annotations });

describe('exceedsAnnotationLimit', () => {
  it('counts the bytes of keys and values together', () => {
    const half = MAX_ANNOTATION_BYTES / 2;

    expect(exceeds({ a: 'v'.repeat(half - 1), b: 'v'.repeat(half - 1) })).toBe(false);
    expect(exceeds({ a: 'v'.repeat(half - 1), b: 'v'.repeat(half) })).toBe(true);
    expect(exceeds({ ['k'.repeat(MAX_ANNOTATION_BYTES)]: '' })).toBe(false);
    expect(exceeds({ ['k'.repeat(MAX_ANNOTATION_BYTES)]: 'v' })).toBe(true);
  });

  it('counts bytes of UTF-8, not characters', () => {
    expect(exceeds({ a: 'é'.repeat(MAX_ANNOTATION_BYTES / 2) })).toBe(true);
    expect(exceeds({ ab: 'é'.repeat(MAX_ANNOTATION_BYTES / 2 - 1) })).toBe(false);
  });

  it.each([undefined, null, 'text', [], { a: 1, b: null, c: {} }])('leaves the validation of %j to others', (value) => {
    expect(exceeds(value)).toBe(false);
    expect(exceedsAnnotationLimit(value)).toBe(false);
  });
});
