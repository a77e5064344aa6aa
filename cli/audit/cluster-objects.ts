// The objects that configure pods, reduced to what an audit needs, with the times of their annotations.

import { isForCwii } from '../../lib/annotations/keys.ts';
import { isNativeAnnotation } from '../../lib/annotations/native-keys.ts';
import { fieldOf, isObject } from '../../lib/common/json.ts';
import { groupOf } from '../../lib/kubernetes/objects.ts';
import { type Manifest, ManifestReader } from '../preview/manifest-reader.ts';

/** Written by the Deployment controller on a Deployment and on its newest ReplicaSet. */
export const REVISION = 'deployment.kubernetes.io/revision';

/** A list item can have a number of annotations and managed fields of some kilobytes, which nobody needs. */
export class ClusterObjects extends ManifestReader {
  /** When fields were last written, by object and field. Only of objects with keys of cwii. */
  readonly #times = new Map<string, ReadonlyMap<string, number>>();
  readonly #namespaces = new Map<string, Manifest>();
  readonly #serviceAccounts: Manifest[] = [];

  constructor(manifests: Iterable<Manifest> = []) {
    super();
    for (const manifest of manifests) this.add(manifest);
  }

  /** Keeps the metadata of the object, and nothing else. */
  override add(manifest: Manifest): void {
    const reduced = reduce(manifest);
    super.add(reduced);
    const { apiVersion, kind, metadata } = reduced;
    if (groupOf(apiVersion) === '' && kind === 'Namespace') this.#namespaces.set(metadata.name ?? '', reduced);
    if (groupOf(apiVersion) === '' && kind === 'ServiceAccount') this.#serviceAccounts.push(reduced);
    const asks = Object.keys(metadata.annotations ?? {}).length > 0;
    if (asks || kind === 'Namespace') this.#times.set(objectName(reduced), writeTimes(manifest));
  }

  namespace(name: string): Manifest | undefined {
    return this.#namespaces.get(name);
  }

  get serviceAccounts(): readonly Manifest[] {
    return this.#serviceAccounts;
  }

  /**
   * The latest possible time at which an annotation got its value, in milliseconds. Undefined without managed
   * fields, as in manifests.
   *
   * @param object its name in messages, such as `ServiceAccount shop/checkout`.
   */
  annotatedAt(object: string, key: string): number | undefined {
    return this.#times.get(object)?.get(`annotations ${key}`);
  }

  labelledAt(namespace: string, key: string): number | undefined {
    return this.#times.get(`Namespace ${namespace}`)?.get(`labels ${key}`);
  }
}

/** The object in messages, as `nameOf` writes it. */
function objectName({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function reduce({ apiVersion, kind, metadata }: Manifest): Manifest {
  const { name, namespace, uid, labels, annotations, ownerReferences } = metadata;
  const kept = Object.entries(annotations ?? {}).filter(
    ([key]) => isForCwii(key) || isNativeAnnotation(key) || key === REVISION,
  );
  return {
    apiVersion,
    kind,
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(kind === 'Namespace' && labels && { labels }),
      ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
      ...(ownerReferences && { ownerReferences }),
    },
  };
}

/** The times of the managed fields: each is the last write by one client, of any field that it manages. */
export function writeTimes({ metadata }: Manifest): Map<string, number> {
  const times = new Map<string, number>();
  const managed = fieldOf(metadata, 'managedFields');
  for (const entry of Array.isArray(managed) ? managed : []) {
    const time = timeOf(fieldOf(entry, 'time'));
    const fields = fieldOf(fieldOf(entry, 'fieldsV1'), 'f:metadata');
    if (time === undefined) continue;
    for (const group of ['annotations', 'labels']) {
      const keys = fieldOf(fields, `f:${group}`);
      if (!isObject(keys)) continue;
      for (const key of Object.keys(keys)) {
        const name = `${group} ${key.slice('f:'.length)}`;
        times.set(name, Math.max(times.get(name) ?? 0, time));
      }
    }
  }
  return times;
}

export function createdAt({ metadata }: Manifest): number | undefined {
  return timeOf(fieldOf(metadata, 'creationTimestamp'));
}

function timeOf(text: unknown): number | undefined {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
