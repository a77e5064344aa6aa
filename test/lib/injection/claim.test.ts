// Tests what one container does with one provider's identity.

import { describe, expect, it } from 'vitest';
import { type Claim, claimOf, type PodContext } from '../../../lib/injection/claim.ts';
import type { ContainerView, VolumeView } from '../../../lib/kubernetes/review.ts';
import { planOf } from '../../fakes/plans.ts';

const plan = planOf('a');
const [mount] = plan.mounts;
const [role] = plan.identity;
const file = plan.fileVariable;
const otherRole = { name: 'a_ROLE', value: 'other' };
const otherFile = { name: 'a_TOKEN_FILE', value: '/run/other/token' };
const ownMount = { name: 'data', mountPath: '/run/a/token' };

/** The claim of a container in a pod with the planned volume. */
function claimIn(container: Partial<ContainerView>, podVolumes: readonly VolumeView[] = [{ name: 'a-token' }]): Claim {
  return claimOf({ name: 'app', ...container }, plan, podWith(podVolumes));
}

function podWith(volumes: readonly VolumeView[]): PodContext {
  return { windows: false, volumes: new Map(volumes.map((volume) => [volume.name, volume])) };
}

describe('claimOf', () => {
  it.each<{ what: string; container: Partial<ContainerView>; claim: Claim }>([
    { what: 'an empty container', container: {}, claim: { kind: 'takes' } },
    {
      what: 'a container with null lists',
      container: { env: null, volumeMounts: null },
      claim: { kind: 'takes' },
    },
    {
      what: 'a container with unrelated variables and mounts',
      container: { env: [{ name: 'B', value: '1' }], volumeMounts: [{ name: 'b', mountPath: '/b' }] },
      claim: { kind: 'takes' },
    },
    {
      what: 'a container with the planned mount only',
      container: { volumeMounts: [mount] },
      claim: { kind: 'takes' },
    },
    {
      what: 'a container with a role of its own',
      container: { env: [otherRole] },
      claim: { kind: 'keeps-own', variable: 'a_ROLE' },
    },
    {
      what: 'a container with a token file of its own',
      container: { env: [otherFile], volumeMounts: [mount] },
      claim: { kind: 'keeps-own', variable: 'a_TOKEN_FILE' },
    },
    {
      what: 'a container with cwii’s token file but without the mount',
      container: { env: [file] },
      claim: { kind: 'keeps-own', variable: 'a_TOKEN_FILE' },
    },
    {
      what: 'a container with a role and a mount of its own',
      container: { env: [otherRole], volumeMounts: [ownMount] },
      claim: { kind: 'keeps-own', variable: 'a_ROLE' },
    },
    {
      what: 'a container with a mount below the path of the token',
      container: { volumeMounts: [{ name: 'b', mountPath: '/b' }, ownMount] },
      claim: { kind: 'mount-conflict', obstacle: { kind: 'taken', name: 'data', path: '/run/a/token' } },
    },
    {
      what: 'a container that an earlier pass injected',
      container: { env: [{ name: 'B' }, ...plan.identity], volumeMounts: [mount] },
      claim: { kind: 'injected-earlier', outdated: undefined },
    },
    {
      what: 'such a container with a trailing slash in the mount path',
      container: { env: [...plan.identity], volumeMounts: [{ ...mount, mountPath: '/run/a/' }] },
      claim: { kind: 'injected-earlier', outdated: undefined },
    },
    {
      what: 'a container that an earlier pass injected with another role',
      container: { env: [otherRole, file], volumeMounts: [mount] },
      claim: { kind: 'injected-earlier', outdated: 'a_ROLE' },
    },
    {
      what: 'a container that an earlier pass injected, without the role',
      container: { env: [file], volumeMounts: [mount] },
      claim: { kind: 'injected-earlier', outdated: undefined },
    },
  ])('returns $claim.kind for $what', ({ container, claim }) => {
    expect(claimIn(container)).toEqual(claim);
  });

  it('recognises an earlier pass only if the pod has the volume', () => {
    const container = { env: [...plan.identity], volumeMounts: [mount] };

    expect(claimIn(container, [])).toEqual({ kind: 'keeps-own', variable: role?.name });
  });

  it('recognises an earlier pass only if every volume of the plan is mounted', () => {
    const second = { name: 'a-file', mountPath: '/run/a-file', readOnly: true } as const;
    const two = planOf('a', { mounts: [mount, second] });
    const view = { name: 'app', env: [...plan.identity], volumeMounts: [mount] };

    expect(claimOf(view, two, podWith([{ name: 'a-token' }, { name: 'a-file' }]))).toEqual({
      kind: 'keeps-own',
      variable: 'a_ROLE',
    });
  });
});
