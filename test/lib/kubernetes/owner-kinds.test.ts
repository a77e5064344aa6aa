// Tests of CWII_OWNER_KINDS: which entries are owner kinds, and which are rejected.

import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/common/errors.ts';
import { isPodTemplate, parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';

describe('a pod template', () => {
  const containers = [{ name: 'app', image: 'app' }];
  it.each<[string, string, unknown, boolean]>([
    ['of a workload', 'argoproj.io', { spec: { containers } }, true],
    ['of a node', 'karpenter.sh', { spec: { requirements: [] } }, false],
    ['of a game server', 'agones.dev', { spec: { template: { spec: { containers } } } }, false],
    [
      'of a Knative Service, whose pods have one more container',
      'serving.knative.dev',
      { spec: { containers } },
      false,
    ],
    ['without a spec', 'apps', { metadata: {} }, false],
    ['that is missing', 'argoproj.io', undefined, false],
  ])('is recognised: one %s', (_, group, template, expected) => {
    expect(isPodTemplate(group, template)).toBe(expected);
  });
});

describe('CWII_OWNER_KINDS', () => {
  it('is a comma-separated list of group/version/plural=Kind', () => {
    expect(
      parseOwnerKinds('argoproj.io/v1alpha1/rollouts=Rollout , apps.kruise.io/v1beta1/clonesets=CloneSet'),
    ).toEqual([
      { group: 'argoproj.io', version: 'v1alpha1', resource: 'rollouts', kind: 'Rollout' },
      { group: 'apps.kruise.io', version: 'v1beta1', resource: 'clonesets', kind: 'CloneSet' },
    ]);
  });

  it('needs no group for kinds of the core group', () => {
    expect(parseOwnerKinds('v1/pods=Pod,v1/replicationcontrollers=ReplicationController')).toEqual([
      { group: '', version: 'v1', resource: 'pods', kind: 'Pod' },
      { group: '', version: 'v1', resource: 'replicationcontrollers', kind: 'ReplicationController' },
    ]);
  });

  it('does not accept Secrets, which the function must not be allowed to read', () => {
    expect(() => parseOwnerKinds('v1/pods=Pod,v1/secrets=Secret')).toThrow('cwii must not read Secrets');
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
