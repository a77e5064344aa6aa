// Knows that a value from an annotation reaches a container as it was written.

import { describe, expect, it } from 'vitest';
import { literal } from '../../../lib/injection/plan.ts';

describe('a literal variable', () => {
  it.each([
    ['plain', 'plain'],
    ['$(SECRET)', '$$(SECRET)'],
    ['$$', '$$$$'],
    ['a$', 'a$$'],
  ])('%s is written %s, because Kubernetes expands values', (value, written) => {
    expect(literal('NAME', value)).toEqual({ name: 'NAME', value: written });
  });
});
