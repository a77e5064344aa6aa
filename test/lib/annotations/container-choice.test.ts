// Tests which containers get an identity, and the warning about unknown container names.

import { describe, expect, it } from 'vitest';
import { chooseContainers, findUnknownContainers } from '../../../lib/annotations/container-choice.ts';
import type { ProviderId } from '../../../lib/annotations/keys.ts';
import { resolve } from '../../../lib/annotations/resolve.ts';
import { type Annotations, scopeOf } from '../../fakes/evaluation.ts';

const names = ['setup', 'proxy', 'app'];
const chosen = (annotations: Annotations, provider: ProviderId = 'aws') => {
  const { includes } = chooseContainers(resolve([scopeOf('pod', annotations)], { podLabels: {} }), provider);
  return names.filter(includes);
};

describe('chooseContainers', () => {
  it.each<[Annotations, string[]]>([
    [{}, ['setup', 'proxy', 'app']],
    [{ 'cwii.dev/skip-containers': 'proxy' }, ['setup', 'app']],
    [{ 'cwii.dev/skip-containers': ' proxy ,, setup,' }, ['app']],
    [{ 'cwii.dev/include-containers': 'app, setup' }, ['setup', 'app']],
    [{ 'cwii.dev/include-containers': 'app,proxy', 'cwii.dev/skip-containers': 'proxy' }, ['app']],
    [{ 'cwii.dev/include-containers': 'app', 'cwii.dev/skip-containers': 'app' }, []],
    [{ 'cwii.dev/include-containers': ' , ' }, ['setup', 'proxy', 'app']],
    [{ 'cwii.dev/include-containers': 'App' }, []],
    [{ 'cwii.dev/skip-containers': 'pro' }, ['setup', 'proxy', 'app']],
    [{ 'cwii.dev/skip-containers': 'proxy;app' }, ['setup', 'proxy', 'app']],
  ])('for %j selects %j', (annotations, get) => {
    expect(chosen(annotations)).toEqual(get);
  });

  it('takes each list from the most specific scope that sets it', () => {
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
  ] as const)('skips the containers in $native only for $id', ({ native, value, id }) => {
    for (const provider of ['aws', 'az', 'gcp'] as const) {
      expect(chosen({ [native]: value }, provider)).toEqual(provider === id ? ['app'] : names);
    }
  });

  it('ignores a list of another product if cwii’s own list is set', () => {
    const annotations = { 'cwii.dev/skip-containers': 'app', 'eks.amazonaws.com/skip-containers': 'proxy' };

    expect(chosen(annotations, 'aws')).toEqual(['setup', 'proxy']);
  });
});

describe('findUnknownContainers', () => {
  const findingsOf = (annotations: Annotations, native = false) => {
    const resolution = resolve([scopeOf('namespace', annotations)], native ? { podLabels: {} } : undefined);
    const choices = (['aws', 'az', 'gcp'] as const).map((id) => chooseContainers(resolution, id));
    return findUnknownContainers(choices, new Set(names));
  };

  it('reports unknown names once, however many clouds are injected', () => {
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

  it('reports each list separately', () => {
    const keys = ['cwii.dev/skip-containers', 'cwii.dev/include-containers'];

    expect(findingsOf(Object.fromEntries(keys.map((key) => [key, 'x']))).map(({ key }) => key)).toEqual(keys);
  });

  it('reports nothing if all names are known, or no cloud is injected', () => {
    expect(findingsOf({ 'cwii.dev/include-containers': 'app,setup' })).toEqual([]);
    expect(findUnknownContainers([], new Set(names))).toEqual([]);
  });
});
