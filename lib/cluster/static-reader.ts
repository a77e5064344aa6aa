// Annotations from the configuration, standing in for those of ServiceAccounts and namespaces that cannot be read.

import * as z from 'zod/mini';
import { ConfigError } from '../errors.ts';
import { type ClusterReader, namespaces, type ObjectKey, type ReadResult, serviceAccounts } from './reader.ts';

const ALL = '*';

const entries = z.array(
  z.strictObject({
    namespace: z.string().check(z.minLength(1)),
    /** Absent: the entry stands in for the namespace itself. */
    serviceAccount: z.optional(z.string().check(z.minLength(1))),
    annotations: z.record(z.string(), z.string()),
  }),
);

type Entry = z.infer<typeof entries>[number];

export class StaticReader implements ClusterReader {
  readonly #entries: readonly Entry[];

  /**
   * @param list a list of `namespace`, optional `serviceAccount` and `annotations`; `*` stands for all.
   * @throws {ConfigError} naming the entry and field at fault.
   */
  constructor(list: unknown) {
    const parsed = entries.safeParse(list);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
      const path = [...(issue?.path ?? []), ...keys.slice(0, 1)].join('.') || 'the whole';
      throw new ConfigError([
        `CWII_STATIC_ANNOTATIONS: ${path} is not as expected; write a list of namespace, optional serviceAccount, and annotations with text as values`,
      ]);
    }
    this.#entries = parsed.data;
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

function specificity({ namespace, serviceAccount }: Entry): number {
  return (namespace === ALL ? 0 : 2) + (serviceAccount === ALL ? 0 : 1);
}
