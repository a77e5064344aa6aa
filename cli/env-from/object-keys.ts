// The names of the keys of a ConfigMap or Secret, from the managed fields of its metadata where it has them.

import { METADATA } from '../../lib/cluster/partial-metadata.ts';
import { fieldOf, isObject } from '../../lib/common/json.ts';
import type { KubeClient } from '../kubectl/kube-client.ts';

/** A ConfigMap or Secret that a container uses with `envFrom`. */
export interface KeySource {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
}

/** In messages. */
export function nameOfSource({ kind, namespace, name }: KeySource): string {
  return `${kind} ${namespace}/${name}`;
}

/** @param namespace undefined for all namespaces. */
export function pathOfSources(kind: KeySource['kind'], namespace: string | undefined): string {
  return `/api/v1/${namespace === undefined ? '' : `namespaces/${namespace}/`}${kind.toLowerCase()}s`;
}

/**
 * The managed fields of an object name each key of its `data`, so that no value has to be read. Undefined if
 * the API server does not track the fields of the object.
 */
export function managedKeysIn(metadata: unknown): readonly string[] | undefined {
  const managed = fieldOf(metadata, 'managedFields');
  const entries = (Array.isArray(managed) ? managed : []).filter((entry) => isObject(fieldOf(entry, 'fieldsV1')));
  if (entries.length === 0) return undefined;
  const keys = entries.flatMap((entry) =>
    ['f:data', 'f:stringData'].flatMap((name) => {
      const fields = fieldOf(fieldOf(entry, 'fieldsV1'), name);
      return isObject(fields) ? Object.keys(fields) : [];
    }),
  );
  return [...new Set(keys)].filter((key) => key.startsWith('f:')).map((key) => key.slice('f:'.length));
}

/** The keys of a whole object, as in a manifest. */
export function dataKeysIn(object: unknown): readonly string[] {
  return ['data', 'stringData'].flatMap((field) => {
    const data = fieldOf(object, field);
    return isObject(data) ? Object.keys(data) : [];
  });
}

/** The keys of one object; none if it does not exist. Its values are read only without managed fields. */
export async function readKeys(kube: KubeClient, source: KeySource): Promise<readonly string[]> {
  const path = `${pathOfSources(source.kind, source.namespace)}/${source.name}`;
  const found = await kube.find<{ readonly metadata: unknown }>(path, { accept: METADATA });
  if (!found) return [];
  return managedKeysIn(found.metadata) ?? dataKeysIn(await kube.find<object>(path));
}
