// Tests that a value from an annotation reaches a container exactly as it was written.

import { describe, expect, it } from 'vitest';
import { literal, podField } from '../../../lib/providers/plan.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { planBy } from '../../fakes/evaluation.ts';
import { requesting } from '../../fakes/requests.ts';

describe('literal', () => {
  it.each([
    ['plain', 'plain'],
    ['$(SECRET)', '$$(SECRET)'],
    ['$$', '$$$$'],
    ['a$', 'a$$'],
  ])('writes %s as %s, because Kubernetes expands values', (value, written) => {
    expect(literal('NAME', value)).toEqual({ name: 'NAME', value: written });
  });
});

describe('podField', () => {
  it('includes the version that the API server would fill in', () => {
    expect(podField('NAME', 'metadata.uid')).toEqual({
      name: 'NAME',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.uid' } },
    });
  });
});

describe.each(providers)('The plan of $cloud', (provider) => {
  const plan = planBy(provider, requesting[provider.id]);

  it('sets exactly the variables that the provider declares as its identity', () => {
    expect(plan.identity.map(({ name }) => name)).toEqual(provider.identityVariables);
    expect(plan.identity).toContain(plan.fileVariable);
  });

  it('has one mount for each volume, the token first', () => {
    expect(plan.mounts.map(({ name }) => name)).toEqual(plan.volumes.map(({ name }) => name));
    expect(plan.volumes[0].name).toBe(`cwii-${provider.id}-token`);
  });
});
