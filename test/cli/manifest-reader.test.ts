// Knows that manifests read like a cluster: by group, kind, namespace and name, and with what is missing on record.

import { describe, expect, it } from 'vitest';
import { type Manifest, ManifestReader, uidOf } from '../../cli/manifest-reader.ts';
import { groupOf, namespaces, type ObjectKey, serviceAccounts } from '../../lib/kubernetes/objects.ts';

const account: Manifest = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-1', annotations: { team: 'blue' } },
};
const key: ObjectKey = { kind: serviceAccounts, namespace: 'shop', name: 'web' };

describe('a manifest', () => {
  it('is read as the object that it describes', async () => {
    expect(await new ManifestReader([account]).read(key)).toEqual({
      object: { uid: 'uid-1', annotations: { team: 'blue' }, ownerReferences: [] },
      attempts: 0,
      cached: false,
    });
  });

  it('without a uid has one made of its name, the same each time', () => {
    const { uid: _, ...metadata } = account.metadata;
    const unborn = { ...account, metadata };

    expect(uidOf(unborn)).toBe(uidOf(structuredClone(unborn)));
    expect(uidOf(unborn)).not.toBe(uidOf({ ...unborn, kind: 'Secret' }));
    expect(uidOf({ apiVersion: 'v1', kind: 'Namespace', metadata: {} })).toBeTypeOf('string');
  });

  it('may leave out or null its annotations and owners', async () => {
    const bare: Manifest = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', annotations: null, ownerReferences: null },
    };

    const { object } = await new ManifestReader([bare]).read({ kind: namespaces, name: 'shop' });

    expect(object).toMatchObject({ annotations: {}, ownerReferences: [] });
  });

  it('without a name is found by nobody', async () => {
    const reader = new ManifestReader([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { generateName: 'web-' } },
    ]);

    expect((await reader.read(key)).object).toBeUndefined();
  });

  it.each<{ what: string; asked: ObjectKey }>([
    { what: 'of another group', asked: { ...key, kind: { ...serviceAccounts, group: 'example.com' } } },
    { what: 'of another kind', asked: { ...key, kind: { ...serviceAccounts, kind: 'Secret' } } },
    { what: 'in another namespace', asked: { ...key, namespace: 'bank' } },
    { what: 'of another name', asked: { ...key, name: 'api' } },
  ])('is not taken for one $what, which is noted as missing', async ({ asked }) => {
    const reader = new ManifestReader([account]);

    expect((await reader.read(asked)).object).toBeUndefined();
    expect(reader.missing.size).toBe(1);
  });

  it('is of the group that its apiVersion names', () => {
    expect([groupOf('v1'), groupOf('apps/v1')]).toEqual(['', 'apps']);
  });
});
