// Knows which containers get an identity, and how names that no container has are told of.

import { describe, expect, it } from 'vitest';
import { chooseContainers, findUnknownContainers } from '../../../lib/annotations/container-choice.ts';
import type { ProviderId } from '../../../lib/annotations/keys.ts';
import { resolve } from '../../../lib/annotations/resolve.ts';
import { type Annotations, scopeOf } from '../../fakes/planning.ts';

const names = ['setup', 'proxy', 'app'];
const chosen = (annotations: Annotations, provider: ProviderId = 'aws') => {
  const { includes } = chooseContainers(resolve([scopeOf('pod', annotations)], { podLabels: {} }), provider);
  return names.filter(includes);
};

describe('the containers of an identity', () => {
  it.each([
    { annotations: {}, get: ['setup', 'proxy', 'app'] },
    { annotations: { 'cwii.dev/skip-containers': 'proxy' }, get: ['setup', 'app'] },
    { annotations: { 'cwii.dev/skip-containers': ' proxy ,, setup,' }, get: ['app'] },
    { annotations: { 'cwii.dev/include-containers': 'app, setup' }, get: ['setup', 'app'] },
    { annotations: { 'cwii.dev/include-containers': 'app,proxy', 'cwii.dev/skip-containers': 'proxy' }, get: ['app'] },
    { annotations: { 'cwii.dev/include-containers': 'app', 'cwii.dev/skip-containers': 'app' }, get: [] },
    { annotations: { 'cwii.dev/include-containers': ' , ' }, get: ['setup', 'proxy', 'app'] },
    { annotations: { 'cwii.dev/include-containers': 'App' }, get: [] },
    { annotations: { 'cwii.dev/skip-containers': 'pro' }, get: ['setup', 'proxy', 'app'] },
    { annotations: { 'cwii.dev/skip-containers': 'proxy;app' }, get: ['setup', 'proxy', 'app'] },
  ])('are $get where $annotations', ({ annotations, get }) => {
    expect(chosen(annotations)).toEqual(get);
  });

  it('are chosen by each list from the most specific scope that has it', () => {
    const resolution = resolve([
      scopeOf('pod', { 'cwii.dev/skip-containers': 'app' }),
      scopeOf('namespace', { 'cwii.dev/skip-containers': 'proxy', 'cwii.dev/include-containers': 'proxy,app' }),
    ]);

    expect(names.filter(chooseContainers(resolution, 'gcp').includes)).toEqual(['proxy']);
  });

  it.each([
    { native: 'eks.amazonaws.com/skip-containers', value: 'proxy, setup', id: 'aws' },
    { native: 'azure.workload.identity/skip-containers', value: 'proxy; setup', id: 'az' },
    { native: 'cloud.google.com/skip-containers', value: 'proxy,setup', id: 'gcp' },
  ] as const)('are taken out by $native for $id alone', ({ native, value, id }) => {
    for (const provider of ['aws', 'az', 'gcp'] as const) {
      expect(chosen({ [native]: value }, provider)).toEqual(provider === id ? ['app'] : names);
    }
  });

  it('are taken out by cwii’s own list alone where there is one', () => {
    const annotations = { 'cwii.dev/skip-containers': 'app', 'eks.amazonaws.com/skip-containers': 'proxy' };

    expect(chosen(annotations, 'aws')).toEqual(['setup', 'proxy']);
  });
});

describe('a name that no container has', () => {
  const findingsOf = (annotations: Annotations, native = false) => {
    const resolution = resolve([scopeOf('namespace', annotations)], native ? { podLabels: {} } : undefined);
    const choices = (['aws', 'az', 'gcp'] as const).map((id) => chooseContainers(resolution, id));
    return findUnknownContainers(choices, new Set(names));
  };

  it('is warned of once, however many clouds there are', () => {
    expect(findingsOf({ 'cwii.dev/skip-containers': 'proxy,prxoy,ap' })).toMatchObject([
      {
        code: 'container-unknown',
        severity: 'warn',
        key: 'cwii.dev/skip-containers',
        scope: 'namespace',
        message: expect.stringContaining('prxoy, ap;'),
      },
    ]);
  });

  it('is warned of in each list on its own', () => {
    const keys = ['cwii.dev/skip-containers', 'cwii.dev/include-containers'];

    expect(findingsOf(Object.fromEntries(keys.map((key) => [key, 'x']))).map(({ key }) => key)).toEqual(keys);
  });

  it('is not there where all names are known, or no cloud is given', () => {
    expect(findingsOf({ 'cwii.dev/include-containers': 'app,setup' })).toEqual([]);
    expect(findUnknownContainers([], new Set(names))).toEqual([]);
  });
});
