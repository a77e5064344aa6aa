// Knows that a value from an annotation reaches a container as it was written.

import { describe, expect, it } from 'vitest';
import { literal, podField } from '../../../lib/injection/plan.ts';

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

describe('a variable that is a field of the pod', () => {
  it('is written out as the API server would complete it', () => {
    expect(podField('NAME', 'metadata.uid')).toEqual({
      name: 'NAME',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.uid' } },
    });
  });
});
