// Tests for reading manifests as a cluster: by group, kind, namespace and name.

import { describe, expect, it } from 'vitest';
import { type Manifest, ManifestReader, uidOf } from '../../cli/preview/manifest-reader.ts';
import { groupOf, namespaces, type ObjectKey, serviceAccounts } from '../../lib/kubernetes/objects.ts';

const account: Manifest = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-1', annotations: { team: 'blue' } },
};
const key: ObjectKey = { kind: serviceAccounts, namespace: 'shop', name: 'web' };

describe('a manifest', () => {
  it('is read as object metadata', async () => {
    expect(await new ManifestReader([account]).read(key)).toEqual({
      object: { uid: 'uid-1', annotations: { team: 'blue' }, ownerReferences: [] },
      attempts: 0,
      cached: false,
    });
  });

  it('without a uid gets a stable one from its name', () => {
    const { uid: _, ...metadata } = account.metadata;
    const withoutUid = { ...account, metadata };

    expect(uidOf(withoutUid)).toBe(uidOf(structuredClone(withoutUid)));
    expect(uidOf(withoutUid)).not.toBe(uidOf({ ...withoutUid, kind: 'Secret' }));
    expect(uidOf({ apiVersion: 'v1', kind: 'Namespace', metadata: {} })).toBeTypeOf('string');
  });

  it('can have null for annotations and owners', async () => {
    const bare: Manifest = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', annotations: null, ownerReferences: null },
    };

    const { object } = await new ManifestReader([bare]).read({ kind: namespaces, name: 'shop' });

    expect(object).toMatchObject({ annotations: {}, ownerReferences: [] });
  });

  it('without a name is never found', async () => {
    const reader = new ManifestReader([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { generateName: 'web-' } },
    ]);

    expect((await reader.read(key)).object).toBeUndefined();
  });

  it.each<{ other: string; requested: ObjectKey }>([
    { other: 'in another group', requested: { ...key, kind: { ...serviceAccounts, group: 'example.com' } } },
    { other: 'of another kind', requested: { ...key, kind: { ...serviceAccounts, kind: 'Secret' } } },
    { other: 'in another namespace', requested: { ...key, namespace: 'bank' } },
    { other: 'with another name', requested: { ...key, name: 'api' } },
  ])('is not found for an object $other, which is recorded as missing', async ({ requested }) => {
    const reader = new ManifestReader([account]);

    expect((await reader.read(requested)).object).toBeUndefined();
    expect(reader.missing.size).toBe(1);
  });

  it('has the API group of its apiVersion', () => {
    expect([groupOf('v1'), groupOf('apps/v1')]).toEqual(['', 'apps']);
  });
});
