// Tests of CWII_OWNER_KINDS: which entries are owner kinds, and which are rejected.

import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/common/errors.ts';
import { parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';

describe('CWII_OWNER_KINDS', () => {
  it('is a comma-separated list of group/version/plural=Kind', () => {
    expect(
      parseOwnerKinds('argoproj.io/v1alpha1/rollouts=Rollout , apps.kruise.io/v1beta1/clonesets=CloneSet'),
    ).toEqual([
      { group: 'argoproj.io', version: 'v1alpha1', resource: 'rollouts', kind: 'Rollout' },
      { group: 'apps.kruise.io', version: 'v1beta1', resource: 'clonesets', kind: 'CloneSet' },
    ]);
  });

  it.each(['', ' ', ',', ' , '])('%j has no kinds', (text) => {
    expect(parseOwnerKinds(text)).toEqual([]);
  });

  it.each([
    'Rollout',
    'argoproj.io/v1alpha1/rollouts',
    'argoproj.io/rollouts=Rollout',
    'argoproj.io/1alpha/rollouts=Rollout',
    'argoproj.io/v1alpha1/rollouts=rollout',
    'argoproj.io/v1alpha1/Rollouts=Rollout',
    'argoproj.io/v1alpha1/../secrets=Rollout',
    'argoproj.io/v1alpha1/rollouts=Rollout;apps/v1/foos=Foo',
    '/v1/pods=Pod',
  ])('rejects %s and shows it', (entry) => {
    expect(() => parseOwnerKinds(`apps.kruise.io/v1beta1/clonesets=CloneSet,${entry}`)).toThrow(ConfigError);
    expect(() => parseOwnerKinds(entry)).toThrow(`"${entry}" is not an owner kind; write group/version/plural=Kind`);
  });
});
