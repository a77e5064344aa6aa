// Annotations from the configuration, standing in for those of ServiceAccounts and namespaces that cannot be read.

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
   * @param list a list of `namespace`, optional `serviceAccount` and `annotations`; `*` stands for all.
   * @throws {ConfigError} naming the entry and field at fault.
   */
  static async of(list: unknown): Promise<StaticReader> {
    const { checkEntries } = await import('./static-entries.ts');
    const checked = checkEntries(list);
    if ('entries' in checked) return new StaticReader(checked.entries);
    throw new ConfigError([
      `CWII_STATIC_ANNOTATIONS: ${checked.at} is not as expected; write a list of namespace, optional serviceAccount, and annotations with text as values`,
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
    // An exact name is more specific than a star, the namespace's more than the ServiceAccount's; the last one wins.
    const ordered = matching.sort((a, b) => specificity(a) - specificity(b));
    // A blank value is not explicit: it hides no wider entry's.
    const written = ordered.flatMap((entry) =>
      Object.entries(entry.annotations).filter(([, value]) => value.trim() !== ''),
    );
    const annotations = Object.fromEntries(written);
    return { object: { uid: 'static', annotations, ownerReferences: [] }, attempts: 0, cached: false };
  }
}

function matches(pattern: string | undefined, name: string | undefined): boolean {
  return pattern === ALL || pattern === name;
}

function specificity({ namespace, serviceAccount }: StaticEntry): number {
  return (namespace === ALL ? 0 : 2) + (serviceAccount === ALL ? 0 : 1);
}
