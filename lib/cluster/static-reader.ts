// Reads annotations of ServiceAccounts and namespaces from the configuration instead of the cluster.

import { ConfigError } from '../common/errors.ts';
import { namespaces, type ObjectKey, serviceAccounts } from '../kubernetes/objects.ts';
import type { ClusterReader, ReadResult } from './reader.ts';
import type { StaticEntry } from './static-entries.ts';

const ALL = '*';

export class StaticReader implements ClusterReader {
  readonly #entries: readonly StaticEntry[];

  constructor(entries: readonly StaticEntry[]) {
    this.#entries = entries;
  }

  /**
   * @param list of objects with `namespace`, optional `serviceAccount` and `annotations`; `*` matches every
   * name.
   * @throws {ConfigError} naming the invalid entry and field.
   */
  static async parse(list: unknown): Promise<StaticReader> {
    const { checkEntries } = await import('./static-entries.ts');
    const checked = checkEntries(list);
    if ('entries' in checked) return new StaticReader(checked.entries);
    throw new ConfigError([
      `CWII_STATIC_ANNOTATIONS: ${checked.at} is invalid; write a list of namespace, optional serviceAccount, and annotations with text as values`,
    ]);
  }

  async read({ kind, namespace, name }: ObjectKey): Promise<ReadResult> {
    const isServiceAccount = kind === serviceAccounts;
    if (!isServiceAccount && kind !== namespaces) return { object: undefined, attempts: 0, cached: false };
    const matching = this.#entries.filter(
      (entry) =>
        (entry.serviceAccount !== undefined) === isServiceAccount &&
        matches(entry.namespace, isServiceAccount ? namespace : name) &&
        (!isServiceAccount || matches(entry.serviceAccount, name)),
    );
    // A name is more specific than a star, and the namespace counts more than the ServiceAccount; later
    // entries win.
    const ordered = matching.sort((a, b) => specificity(a) - specificity(b));
    // An empty value is not explicit, so it must not hide the value of a less specific entry.
    const explicit = ordered.flatMap((entry) =>
      Object.entries(entry.annotations).filter(([, value]) => value.trim() !== ''),
    );
    const annotations = Object.fromEntries(explicit);
    return { object: { uid: 'static', annotations, ownerReferences: [] }, attempts: 0, cached: false };
  }
}

function matches(pattern: string | undefined, name: string | undefined): boolean {
  return pattern === ALL || pattern === name;
}

function specificity({ namespace, serviceAccount }: StaticEntry): number {
  return (namespace === ALL ? 0 : 2) + (serviceAccount === ALL ? 0 : 1);
}
