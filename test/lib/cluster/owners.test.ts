// Knows which references are followed, what a name and labels tell of a controller, and how further kinds are written.

import { describe, expect, it } from 'vitest';
import {
  builtInOwnerKinds,
  guessController,
  isDetailOfItsController,
  kindOf,
  parseOwnerKinds,
} from '../../../lib/cluster/owners.ts';
import { ConfigError } from '../../../lib/common/errors.ts';
import { controllerOf, type ObjectKind, type OwnerReference } from '../../../lib/kubernetes/objects.ts';

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
  it('is the reference that says so', () => {
    const controller = reference({ name: 'this' });

    expect(controllerOf([reference({ controller: false }), reference({ controller: null }), controller])).toBe(
      controller,
    );
  });

  it('is nobody where no reference says so', () => {
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
  ])('%s %s is known', (apiVersion, kind) => {
    expect(kindOf(reference({ apiVersion, kind }), kinds)?.kind).toBe(kind);
  });

  it('is known in any version of its group, and read in ours', () => {
    expect(kindOf(reference({ apiVersion: 'apps/v2' }), kinds)).toMatchObject({ version: 'v1' });
  });

  it.each([
    ['extensions.example.com/v1', 'Deployment'],
    ['v1', 'Deployment'],
    ['apps/v1', 'ReplicationController'],
    ['apps/v1', 'deployment'],
    ['', 'Job'],
  ])('%s %s is not one that is followed', (apiVersion, kind) => {
    expect(kindOf(reference({ apiVersion, kind }), kinds)).toBeUndefined();
  });
});

describe('a guess of the controller', () => {
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
  ])('for $of is $guess', ({ kind, name, labels, guess }) => {
    const guessed = guessController({ kind: kindNamed(kind), name }, labels, kinds);

    expect(`${guessed?.kind.kind} ${guessed?.name}`).toBe(guess);
  });

  it.each<{ of: string; kind: string; name: string; labels: Record<string, string> }>([
    { of: 'a ReplicaSet whose pods carry no hash', kind: 'ReplicaSet', name: 'web-5d9f', labels: {} },
    {
      of: 'a ReplicaSet of another hash',
      kind: 'ReplicaSet',
      name: 'web-5d9f',
      labels: { 'pod-template-hash': '0000' },
    },
    {
      of: 'a ReplicaSet that is named only by the hash',
      kind: 'ReplicaSet',
      name: '-5d9f',
      labels: { 'pod-template-hash': '5d9f' },
    },
    { of: 'a ReplicaSet with an empty hash', kind: 'ReplicaSet', name: 'web-', labels: { 'pod-template-hash': '' } },
    { of: 'a Job without a number', kind: 'Job', name: 'backup', labels: {} },
    { of: 'a Job that is named by a number', kind: 'Job', name: '-1', labels: {} },
    { of: 'a StatefulSet', kind: 'StatefulSet', name: 'db-1', labels: { 'pod-template-hash': '1' } },
  ])('is not made for $of', ({ kind, name, labels }) => {
    expect(guessController({ kind: kindNamed(kind), name }, labels, kinds)).toBeUndefined();
  });

  it('is not made of a Rollout where Rollouts are not configured', () => {
    const owner = { kind: kindNamed('ReplicaSet'), name: 'web-5d9f' };

    expect(guessController(owner, { 'rollouts-pod-template-hash': '5d9f' }, builtInOwnerKinds)).toBeUndefined();
  });
});

describe('the annotations of an owner', () => {
  it('do not count on a ReplicaSet that has a controller', () => {
    expect(isDetailOfItsController(kindNamed('ReplicaSet'), [reference()])).toBe(true);
  });

  it('count on a ReplicaSet of its own', () => {
    expect(isDetailOfItsController(kindNamed('ReplicaSet'), [reference({ controller: false })])).toBe(false);
  });

  it('count on a Job that has a controller', () => {
    expect(isDetailOfItsController(kindNamed('Job'), [reference({ kind: 'CronJob' })])).toBe(false);
  });
});

describe('CWII_OWNER_KINDS', () => {
  it('is a comma-separated list of group/version/plural=Kind', () => {
    expect(
      parseOwnerKinds('argoproj.io/v1alpha1/rollouts=Rollout , apps.kruise.io/v1beta1/clonesets=CloneSet'),
    ).toEqual([rollouts, { group: 'apps.kruise.io', version: 'v1beta1', resource: 'clonesets', kind: 'CloneSet' }]);
  });

  it.each(['', ' ', ',', ' , '])('%j names no kind', (text) => {
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
  ])('refuses %s, and shows it', (entry) => {
    expect(() => parseOwnerKinds(`apps.kruise.io/v1beta1/clonesets=CloneSet,${entry}`)).toThrow(ConfigError);
    expect(() => parseOwnerKinds(entry)).toThrow(`"${entry}" is no owner kind; write group/version/plural=Kind`);
  });
});
