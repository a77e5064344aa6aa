// Tests the JSON Patch of a plan: one operation for each item, for present and for absent lists.

import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { inject } from '../../../lib/injection/inject.ts';
import type { InjectionPlan } from '../../../lib/injection/plan.ts';
import type { OwnContainer } from '../../../lib/providers/plan.ts';

const nothing: InjectionPlan = {
  volumes: [],
  containers: [],
  initContainers: [],
  annotations: {},
  corrections: [],
  removedInitContainers: [],
};
const own = (name: string): OwnContainer => ({ name, image: 'i', command: [], env: [], volumeMounts: [] });

/** The pod after the patch, which may have `add` operations only. */
function patched(pod: object, plan: Partial<InjectionPlan>): unknown {
  const operations = inject(pod, { ...nothing, ...plan });
  expect(operations.every(({ op }) => op === 'add')).toBe(true);
  return jsonPatch.applyPatch(structuredClone(pod), operations, true).newDocument;
}

describe('inject', () => {
  it('returns no operations for an empty plan', () => {
    expect(inject({ metadata: {}, spec: {} }, nothing)).toEqual([]);
  });

  it('appends each item to a list of the pod', () => {
    const pod = {
      spec: { volumes: [{ name: 'data' }], containers: [{ name: 'app', env: [{ name: 'A', value: '1' }] }] },
    };
    const env = [
      { name: 'B', value: '2' },
      { name: 'C', value: '3' },
    ];

    const operations = inject(pod, {
      ...nothing,
      volumes: [{ name: 'token' }],
      containers: [{ list: 'containers', index: 0, env, volumeMounts: [] }],
    });

    expect(operations).toEqual([
      { op: 'add', path: '/spec/volumes/-', value: { name: 'token' } },
      { op: 'add', path: '/spec/containers/0/env/-', value: env[0] },
      { op: 'add', path: '/spec/containers/0/env/-', value: env[1] },
    ]);
  });

  it.each([undefined, null])('adds whole lists to a pod that has %s instead', (none) => {
    const mount = { name: 'token', mountPath: '/run/token' };
    const pod = {
      metadata: { annotations: none },
      spec: { volumes: none, initContainers: none, containers: [{ name: 'app', env: none, volumeMounts: none }] },
    };

    const after = patched(pod, {
      volumes: [{ name: 'token' }],
      containers: [{ list: 'containers', index: 0, env: [{ name: 'A', value: '1' }], volumeMounts: [mount] }],
      initContainers: [{ before: 0, containers: [own('check')] }],
      annotations: { 'cwii.dev/injected': 'aws' },
    });

    expect(after).toEqual({
      metadata: { annotations: { 'cwii.dev/injected': 'aws' } },
      spec: {
        volumes: [{ name: 'token' }],
        initContainers: [own('check')],
        containers: [{ name: 'app', env: [{ name: 'A', value: '1' }], volumeMounts: [mount] }],
      },
    });
  });

  it.each([{ spec: {} }, { metadata: null, spec: {} }])('adds the metadata to the pod %j', (pod) => {
    expect(patched(pod, { annotations: { 'cwii.dev/injected': 'aws' } })).toEqual({
      metadata: { annotations: { 'cwii.dev/injected': 'aws' } },
      spec: {},
    });
  });

  it('leaves other annotations unchanged', () => {
    const pod = { metadata: { annotations: { 'a/b~c': 'd', 'cwii.dev/injected': 'forged' } } };

    expect(patched(pod, { annotations: { 'cwii.dev/injected': 'aws' } })).toEqual({
      metadata: { annotations: { 'a/b~c': 'd', 'cwii.dev/injected': 'aws' } },
    });
  });

  it('escapes the special characters of a JSON pointer', () => {
    const operations = inject({ metadata: { annotations: {} } }, { ...nothing, annotations: { 'a~/b': 'c' } });

    expect(operations).toEqual([{ op: 'add', path: '/metadata/annotations/a~0~1b', value: 'c' }]);
  });

  it.each([
    { index: 0, order: ['check-1', 'check-2', 'proxy', 'setup'] },
    { index: 1, order: ['proxy', 'check-1', 'check-2', 'setup'] },
    { index: 2, order: ['proxy', 'setup', 'check-1', 'check-2'] },
  ])('inserts cwii’s init containers in order, beginning at index $index', ({ index, order }) => {
    const pod = { spec: { initContainers: [{ name: 'proxy' }, { name: 'setup' }] } };

    const after = patched(pod, { initContainers: [{ before: index, containers: [own('check-1'), own('check-2')] }] });

    expect((after as typeof pod).spec.initContainers.map(({ name }) => name)).toEqual(order);
  });

  it.each([
    { list: undefined, order: ['write', 'check'] },
    { list: [], order: ['write', 'check'] },
    { list: ['proxy', 'setup'], order: ['write', 'proxy', 'check', 'setup'] },
  ])('inserts two groups of containers at their places in a pod with the init containers $list', ({ list, order }) => {
    const initContainers = [
      { before: 0, containers: [own('write')] },
      { before: list?.length ? 1 : 0, containers: [own('check')] },
    ];
    const pod = { spec: { ...(list && { initContainers: list.map((name) => ({ name })) }) } };

    const after = patched(pod, { initContainers }) as { spec: { initContainers: { name: string }[] } };

    expect(after.spec.initContainers.map(({ name }) => name)).toEqual(order);
  });

  it('adds no empty list of init containers', () => {
    expect(inject({ spec: {} }, { ...nothing, initContainers: [{ before: 0, containers: [] }] })).toEqual([]);
  });

  it('changes the pod’s own init containers before cwii’s shift their indexes', () => {
    const pod = { spec: { initContainers: [{ name: 'setup', env: [] }] } };

    const after = patched(pod, {
      containers: [{ list: 'initContainers', index: 0, env: [{ name: 'A', value: '1' }], volumeMounts: [] }],
      initContainers: [{ before: 0, containers: [own('check')] }],
    });

    expect(after).toEqual({
      spec: { initContainers: [own('check'), { name: 'setup', env: [{ name: 'A', value: '1' }] }] },
    });
  });

  it('replaces and removes items of an earlier admission, whose indexes are those of the pod as it was sent', () => {
    const env = ['A', 'B', 'C', 'D'].map((name) => ({ name, value: 'old' }));
    const pod = {
      spec: {
        volumes: [{ name: 'data' }, { name: 'a' }, { name: 'b' }],
        initContainers: [{ name: 'first' }, { name: 'write', command: ['sh', '-c', 'old'] }, { name: 'check' }],
        containers: [{ name: 'app', env }],
      },
    };
    const inEnv = { list: ['spec', 'containers', 0, 'env'] };

    const operations = inject(pod, {
      ...nothing,
      volumes: [{ name: 'c' }],
      containers: [{ list: 'containers', index: 0, env: [{ name: 'E', value: 'new' }], volumeMounts: [] }],
      initContainers: [{ before: 3, containers: [own('verify')] }],
      corrections: [
        { ...inEnv, index: 0, item: undefined },
        { ...inEnv, index: 2, item: undefined },
        { ...inEnv, index: 3, item: { name: 'D', value: 'new' } },
        { list: ['spec', 'initContainers', 1, 'command'], index: 2, item: 'new' },
        { list: ['spec', 'volumes'], index: 1, item: undefined },
        { list: ['spec', 'volumes'], index: 2, item: { name: 'b', emptyDir: {} } },
      ],
      removedInitContainers: [0, 2],
    });

    expect(jsonPatch.applyPatch(structuredClone(pod), operations, true).newDocument).toEqual({
      spec: {
        volumes: [{ name: 'data' }, { name: 'b', emptyDir: {} }, { name: 'c' }],
        initContainers: [{ name: 'write', command: ['sh', '-c', 'new'] }, own('verify')],
        containers: [
          {
            name: 'app',
            env: [
              { name: 'B', value: 'old' },
              { name: 'D', value: 'new' },
              { name: 'E', value: 'new' },
            ],
          },
        ],
      },
    });
  });
});
