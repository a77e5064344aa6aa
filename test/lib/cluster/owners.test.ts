// Tests of owner references: which are followed, which controllers are guessed, and whose annotations count.

import { describe, expect, it } from 'vitest';
import { guessOwners, isDetailOfItsController, kindOf } from '../../../lib/cluster/owners.ts';
import { controllerOf, type ObjectKind, type OwnerReference } from '../../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds, parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';

const rollouts: ObjectKind = { group: 'argoproj.io', version: 'v1alpha1', resource: 'rollouts', kind: 'Rollout' };
const kinds = [...builtInOwnerKinds, rollouts];
const kindNamed = (name: string): ObjectKind => {
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (!kind) throw new Error(`no kind ${name}`);
  return kind;
};
const reference = (change: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: 'web',
  uid: '1',
  controller: true,
  ...change,
});

describe('the controller of an object', () => {
  it('is the reference with controller: true', () => {
    const controller = reference({ name: 'this' });

    expect(controllerOf([reference({ controller: false }), reference({ controller: null }), controller])).toBe(
      controller,
    );
  });

  it('is missing if no reference has controller: true', () => {
    const { controller: _, ...silent } = reference();

    expect(controllerOf([silent])).toBeUndefined();
  });
});

describe('the kind of a reference', () => {
  it.each([
    ['apps/v1', 'ReplicaSet'],
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'DaemonSet'],
    ['batch/v1', 'Job'],
    ['batch/v1', 'CronJob'],
    ['v1', 'ReplicationController'],
    ['argoproj.io/v1alpha1', 'Rollout'],
  ])('is found for %s %s', (apiVersion, kind) => {
    expect(kindOf(reference({ apiVersion, kind }), kinds)?.kind).toBe(kind);
  });

  it('is found for any version of its group, and read in the version that cwii uses', () => {
    expect(kindOf(reference({ apiVersion: 'apps/v2' }), kinds)).toMatchObject({ version: 'v1' });
  });

  it.each([
    ['extensions.example.com/v1', 'Deployment'],
    ['v1', 'Deployment'],
    ['apps/v1', 'ReplicationController'],
    ['apps/v1', 'deployment'],
    ['', 'Job'],
  ])('is not found for %s %s', (apiVersion, kind) => {
    expect(kindOf(reference({ apiVersion, kind }), kinds)).toBeUndefined();
  });
});

describe('the guessed controller', () => {
  it.each([
    {
      of: 'a ReplicaSet',
      kind: 'ReplicaSet',
      name: 'web-5d9f',
      labels: { 'pod-template-hash': '5d9f' },
      guess: 'Deployment web',
    },
    {
      of: 'a ReplicaSet of a Rollout',
      kind: 'ReplicaSet',
      name: 'web-5d9f',
      labels: { 'rollouts-pod-template-hash': '5d9f' },
      guess: 'Rollout web',
    },
    {
      of: 'a ReplicaSet with dashes in its name',
      kind: 'ReplicaSet',
      name: 'a-b-5d9f',
      labels: { 'pod-template-hash': '5d9f' },
      guess: 'Deployment a-b',
    },
    { of: 'a Job with a number', kind: 'Job', name: 'backup-29400000', labels: {}, guess: 'CronJob backup' },
  ])('of $of is $guess', ({ kind, name, labels, guess }) => {
    const guessed = guessOwners({ kind: kindNamed(kind), name }, labels, kinds);

    expect(guessed.map((one) => `${one.kind.kind} ${one.name}`)).toEqual([guess]);
  });

  it.each<{ of: string; kind: string; name: string; labels: Record<string, string> }>([
    { of: 'a ReplicaSet whose pods have no hash label', kind: 'ReplicaSet', name: 'web-5d9f', labels: {} },
    {
      of: 'a ReplicaSet with another hash',
      kind: 'ReplicaSet',
      name: 'web-5d9f',
      labels: { 'pod-template-hash': '0000' },
    },
    {
      of: 'a ReplicaSet whose name is only the hash',
      kind: 'ReplicaSet',
      name: '-5d9f',
      labels: { 'pod-template-hash': '5d9f' },
    },
    { of: 'a ReplicaSet with an empty hash', kind: 'ReplicaSet', name: 'web-', labels: { 'pod-template-hash': '' } },
    { of: 'a Job without a number', kind: 'Job', name: 'backup', labels: {} },
    { of: 'a Job whose name is only a number', kind: 'Job', name: '-1', labels: {} },
    { of: 'a StatefulSet', kind: 'StatefulSet', name: 'db-1', labels: { 'pod-template-hash': '1' } },
  ])('is missing for $of', ({ kind, name, labels }) => {
    expect(guessOwners({ kind: kindNamed(kind), name }, labels, kinds)).toEqual([]);
  });

  it('is missing for a Rollout if Rollouts are not configured', () => {
    const owner = { kind: kindNamed('ReplicaSet'), name: 'web-5d9f' };

    expect(guessOwners(owner, { 'rollouts-pod-template-hash': '5d9f' }, builtInOwnerKinds)).toEqual([]);
  });
});

describe('the guess of owners further up', () => {
  const knative = parseOwnerKinds(
    'serving.knative.dev/v1/services=Service,serving.knative.dev/v1/configurations=Configuration,serving.knative.dev/v1/revisions=Revision',
  );
  const owner = { kind: kindNamed('ReplicaSet'), name: 'hello-00001-deployment-5d9f' };
  const labels = {
    'pod-template-hash': '5d9f',
    'serving.knative.dev/revision': 'hello-00001',
    'serving.knative.dev/configuration': 'hello',
    'serving.knative.dev/service': 'hello',
  };

  it('takes their names from labels', () => {
    const guessed = guessOwners(owner, labels, [...kinds, ...knative]);
    expect(guessed.map((one) => `${one.kind.kind} ${one.name}`)).toEqual([
      'Deployment hello-00001-deployment',
      'Revision hello-00001',
      'Configuration hello',
      'Service hello',
    ]);
  });

  it('is not made for kinds that are not configured', () => {
    expect(guessOwners(owner, labels, kinds)).toHaveLength(1);
  });

  it('does not repeat the direct owner', () => {
    const [revision] = knative.filter(({ kind }) => kind === 'Revision');
    if (!revision) throw new Error('no kind Revision');
    expect(guessOwners({ kind: revision, name: 'hello-00001' }, labels, [revision])).toEqual([]);
  });
});

describe('the annotations of an owner', () => {
  it('are ignored on a ReplicaSet with a controller', () => {
    expect(isDetailOfItsController(kindNamed('ReplicaSet'), [reference()])).toBe(true);
  });

  it('count on a ReplicaSet without a controller', () => {
    expect(isDetailOfItsController(kindNamed('ReplicaSet'), [reference({ controller: false })])).toBe(false);
  });

  it('count on a Job with a controller', () => {
    expect(isDetailOfItsController(kindNamed('Job'), [reference({ kind: 'CronJob' })])).toBe(false);
  });
});
