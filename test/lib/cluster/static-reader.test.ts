// Tests of StaticReader: the configured annotations of ServiceAccounts and namespaces, and invalid lists.

import { describe, expect, it } from 'vitest';
import { StaticReader } from '../../../lib/cluster/static-reader.ts';
import { ConfigError } from '../../../lib/common/errors.ts';
import { namespaces, serviceAccounts } from '../../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';

const namespaceOf = async (list: unknown, name = 'shop') =>
  (await (await StaticReader.parse(list)).read({ kind: namespaces, name })).object?.annotations;
const accountOf = async (list: unknown, name = 'web', namespace = 'shop') =>
  (await (await StaticReader.parse(list)).read({ kind: serviceAccounts, namespace, name })).object?.annotations;

describe('the annotations of a namespace', () => {
  it('are those of its entry, without a request to the cluster', async () => {
    const reader = await StaticReader.parse([{ namespace: 'shop', annotations: { a: '1' } }]);

    expect(await reader.read({ kind: namespaces, name: 'shop' })).toMatchObject({
      object: { annotations: { a: '1' }, ownerReferences: [] },
      attempts: 0,
      cached: false,
    });
  });

  it('are empty without an entry for the namespace', async () => {
    const list = [
      { namespace: 'bank', annotations: { a: '1' } },
      { namespace: 'shop', serviceAccount: 'web', annotations: { a: '2' } },
      { namespace: 'shop', serviceAccount: '*', annotations: { a: '3' } },
    ];

    expect(await namespaceOf(list)).toEqual({});
  });

  it('are those of the star if its own value is blank, which is not explicit', async () => {
    const list = [
      { namespace: 'shop', annotations: { a: ' ' } },
      { namespace: '*', annotations: { a: 'star' } },
    ];

    expect(await namespaceOf(list)).toEqual({ a: 'star' });
  });

  it('are those of the star, where each of its own keys takes precedence', async () => {
    const list = [
      { namespace: 'shop', annotations: { a: 'own' } },
      { namespace: '*', annotations: { a: 'star', b: 'star' } },
    ];

    expect(await namespaceOf(list)).toEqual({ a: 'own', b: 'star' });
    expect(await namespaceOf(list, 'bank')).toEqual({ a: 'star', b: 'star' });
  });

  it('are those of the last entry if two entries are for the same namespace', async () => {
    const list = ['1', '2'].map((a) => ({ namespace: 'shop', annotations: { a } }));

    expect(await namespaceOf(list)).toEqual({ a: '2' });
  });
});

describe('the annotations of a ServiceAccount', () => {
  const list = [
    { namespace: 'shop', serviceAccount: 'web', annotations: { a: 'exact' } },
    { namespace: 'shop', serviceAccount: '*', annotations: { a: 'namespace', b: 'namespace' } },
    { namespace: '*', serviceAccount: 'web', annotations: { a: 'account', b: 'account', c: 'account' } },
    { namespace: '*', serviceAccount: '*', annotations: { a: 'all', b: 'all', c: 'all', d: 'all' } },
    { namespace: 'shop', annotations: { e: 'of the namespace itself' } },
  ];

  it.each([
    { namespace: 'shop', name: 'web', annotations: { a: 'exact', b: 'namespace', c: 'account', d: 'all' } },
    { namespace: 'shop', name: 'api', annotations: { a: 'namespace', b: 'namespace', c: 'all', d: 'all' } },
    { namespace: 'bank', name: 'web', annotations: { a: 'account', b: 'account', c: 'account', d: 'all' } },
    { namespace: 'bank', name: 'api', annotations: { a: 'all', b: 'all', c: 'all', d: 'all' } },
  ])(
    'of $namespace/$name are those of the most specific entry for each key, where the namespace counts first',
    async (example) => {
      expect(await accountOf(list, example.name, example.namespace)).toEqual(example.annotations);
      expect(await accountOf([...list].reverse(), example.name, example.namespace)).toEqual(example.annotations);
    },
  );
});

describe('an owner', () => {
  it.each(builtInOwnerKinds)(
    'of the kind $kind is missing, because its annotations cannot be configured',
    async (kind) => {
      const reader = await StaticReader.parse([{ namespace: '*', serviceAccount: '*', annotations: { a: '1' } }]);

      expect((await reader.read({ kind, namespace: 'shop', name: 'web' })).object).toBeUndefined();
    },
  );
});

describe('a list', () => {
  it('may be empty', async () => {
    expect(await namespaceOf([])).toEqual({});
  });

  it.each<{ what: string; list: unknown; at: string }>([
    { what: 'is not a list', list: { namespace: 'shop', annotations: {} }, at: 'the list' },
    { what: 'is text', list: 'shop', at: 'the list' },
    { what: 'is missing', list: undefined, at: 'the list' },
    { what: 'has an entry without a namespace', list: [{ annotations: {} }], at: '0.namespace' },
    { what: 'has an empty namespace', list: [{ namespace: '', annotations: {} }], at: '0.namespace' },
    { what: 'has no annotations', list: [{ namespace: 'a' }], at: '0.annotations' },
    {
      what: 'has an empty ServiceAccount',
      list: [
        { namespace: 'a', annotations: {} },
        { namespace: 'a', serviceAccount: '', annotations: {} },
      ],
      at: '1.serviceAccount',
    },
    {
      what: 'has a value that is not text',
      list: [{ namespace: 'a', annotations: { 'cwii.dev/aws-inject': true } }],
      at: '0.annotations.cwii.dev/aws-inject',
    },
  ])('that $what is rejected at $at', async ({ list, at }) => {
    await expect(StaticReader.parse(list)).rejects.toThrow(ConfigError);
    await expect(StaticReader.parse(list)).rejects.toThrow(`CWII_STATIC_ANNOTATIONS: ${at} is invalid`);
  });

  it('with an unknown field is rejected with the name of the field', async () => {
    const list = [{ namespace: 'a', serviceaccount: 'web', annotations: {} }];

    await expect(StaticReader.parse(list)).rejects.toThrow('CWII_STATIC_ANNOTATIONS: 0.serviceaccount is invalid');
  });
});
