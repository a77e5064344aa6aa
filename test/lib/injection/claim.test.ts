// Tests what one container does with one provider's identity.

import { describe, expect, it } from 'vitest';
import { type Claim, claimOf } from '../../../lib/injection/claim.ts';
import { EarlierWork } from '../../../lib/injection/earlier.ts';
import { variablesOf } from '../../../lib/injection/variables.ts';
import type { ContainerView } from '../../../lib/kubernetes/review.ts';
import { planOf } from '../../fakes/plans.ts';

const plan = planOf('a', { staticKeys: ['a_KEY', 'a_SECRET'], principal: 'a_ROLE' });
const [mount] = plan.mounts;
const file = { name: 'a_TOKEN_FILE', value: '/run/a/token' };
const otherRole = { name: 'a_ROLE', value: 'other' };
const otherFile = { name: 'a_TOKEN_FILE', value: '/run/other/token' };
const ownMount = { name: 'data', mountPath: '/run/a/token' };
const takes: Claim = { kind: 'takes', own: undefined };

/** The claim of a container in a pod with the annotations. */
function claimIn(container: Partial<ContainerView>, annotations: Record<string, string> = {}): Claim {
  return claimOf(
    containerOf({ name: 'app', ...container }),
    plan,
    new EarlierWork({ annotations, volumes: [], windows: false }),
  );
}

function containerOf(view: ContainerView) {
  return { view, variables: variablesOf(view) };
}

describe('claimOf', () => {
  it.each<{ what: string; container: object; claim: Claim }>([
    { what: 'an empty container', container: {}, claim: takes },
    { what: 'a container with null lists', container: { env: null, volumeMounts: null }, claim: takes },
    {
      what: 'a container with unrelated variables and mounts',
      container: { env: [{ name: 'B', value: '1' }], volumeMounts: [{ name: 'b', mountPath: '/b' }] },
      claim: takes,
    },
    {
      what: 'a container with static keys',
      container: { env: [{ name: 'a_SECRET', value: '1' }, { name: 'a_KEY' }] },
      claim: takes,
    },
    { what: 'a container with the planned mount only', container: { volumeMounts: [mount] }, claim: takes },
    { what: 'a container with a role only', container: { env: [otherRole] }, claim: { ...takes, own: 'a_ROLE' } },
    {
      what: 'a container with a role from a Secret',
      container: { env: [{ name: 'a_ROLE', valueFrom: { secretKeyRef: { name: 'x', key: 'role' } } }] },
      claim: { ...takes, own: 'a_ROLE' },
    },
    {
      what: 'a container with a role and static keys',
      container: { env: [otherRole, { name: 'a_KEY', value: '1' }] },
      claim: { kind: 'keeps-own', variable: 'a_ROLE' },
    },
    {
      what: 'a container with a role and a token file of its own',
      container: { env: [otherRole, otherFile], volumeMounts: [mount] },
      claim: { kind: 'keeps-own', variable: 'a_ROLE' },
    },
    {
      what: 'a container with a token file of its own, without a role',
      container: { env: [otherFile] },
      claim: { kind: 'has-none', variable: 'a_TOKEN_FILE', missing: 'a_ROLE' },
    },
    {
      what: 'such a container that may get the role from a ConfigMap',
      container: { env: [otherFile], envFrom: [{ configMapRef: { name: 'x' } }] },
      claim: { kind: 'keeps-own', variable: 'a_TOKEN_FILE' },
    },
    {
      what: 'a container with an empty role',
      container: { env: [{ name: 'a_ROLE', value: '' }] },
      claim: { kind: 'has-none', variable: 'a_ROLE', missing: undefined },
    },
    {
      what: 'a container with a role and an empty token file',
      container: { env: [otherRole, { name: 'a_TOKEN_FILE' }] },
      claim: { kind: 'has-none', variable: 'a_TOKEN_FILE', missing: undefined },
    },
    { what: 'a container that names cwii’s token file', container: { env: [file] }, claim: takes },
    { what: 'a container that names it for another role', container: { env: [otherRole, file] }, claim: takes },
    {
      what: 'a container with a role and a mount of its own',
      container: { env: [otherRole], volumeMounts: [ownMount] },
      claim: { kind: 'keeps-own', variable: 'a_ROLE' },
    },
    {
      what: 'a container with its own file at the path of the token',
      container: { env: [file], volumeMounts: [ownMount] },
      claim: { kind: 'keeps-own', variable: 'a_TOKEN_FILE' },
    },
    {
      what: 'a container with a mount below the path of the token',
      container: { volumeMounts: [{ name: 'b', mountPath: '/b' }, ownMount] },
      claim: { kind: 'mount-conflict', obstacle: { kind: 'taken', name: 'data', path: '/run/a/token' } },
    },
    {
      what: 'a container that an earlier pass injected',
      container: { env: [{ name: 'B' }, ...plan.identity], volumeMounts: [mount] },
      claim: takes,
    },
  ])('returns $claim.kind for $what', ({ container, claim }) => {
    expect(claimIn(container)).toEqual(claim);
  });

  const movedFile = { name: 'a_TOKEN_FILE', value: '/earlier/a/token' };

  it.each<{ what: string; stated: boolean; mountPath: string; claim: Claim['kind'] }>([
    { what: 'a pod that states the identity', stated: true, mountPath: '/earlier/a/', claim: 'takes' },
    { what: 'a pod that does not state it', stated: false, mountPath: '/earlier/a', claim: 'keeps-own' },
    { what: 'a container that mounts the volume elsewhere', stated: true, mountPath: '/other/a', claim: 'keeps-own' },
  ])('returns $claim for a token file below another mount root, in $what', ({ stated, mountPath, claim }) => {
    const container = { env: [otherRole, movedFile], volumeMounts: [{ name: 'a-token', mountPath }] };

    expect(claimIn(container, stated ? { 'cwii.dev/injected': 'aws' } : {})).toMatchObject({ kind: claim });
  });

  it.each<{ what: string; value: string; principal: string; claim: Claim }>([
    { what: 'the planned tenant', value: 'mine', principal: 'a_CLIENT', claim: takes },
    {
      what: 'another tenant',
      value: 'other',
      principal: 'a_CLIENT',
      claim: { kind: 'has-none', variable: 'a_TENANT', missing: 'a_CLIENT' },
    },
  ])('returns $claim.kind for a container that sets only $what', ({ value, principal, claim }) => {
    const client = { name: 'a_CLIENT', value: 'client' };
    const tenant = { name: 'a_TENANT', value: 'mine' };
    const cloud = planOf('a', { identity: [client, tenant, file], principal });
    const view = { name: 'app', env: [{ ...tenant, value }] };

    expect(
      claimOf(containerOf(view), cloud, new EarlierWork({ annotations: {}, volumes: [], windows: false })),
    ).toEqual(claim);
  });

  it('returns takes for a container that names cwii’s file with the second variable for it', () => {
    const second = { ...file, name: 'a_TOOL_FILE' };
    const cloud = planOf('a', { identity: [file, second] });

    expect(
      claimOf(
        containerOf({ name: 'app', env: [second] }),
        cloud,
        new EarlierWork({ annotations: {}, volumes: [], windows: false }),
      ),
    ).toEqual(takes);
  });
});
