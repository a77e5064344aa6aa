// Which pods the API server sends to the webhook, from the webhook configurations of the cluster.

import { isObject } from '../../lib/common/json.ts';
import type { LabelSelector } from '../kubectl/label-selector.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import { createdAt } from './cluster-objects.ts';

/** One webhook that gets pods. */
export interface Registration {
  /** The name of its configuration. */
  readonly name: string;
  readonly createdAt: number | undefined;
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
}

interface Webhook {
  readonly name?: string;
  readonly namespaceSelector?: LabelSelector | null;
  readonly objectSelector?: LabelSelector | null;
  readonly rules?:
    | readonly { readonly resources?: readonly string[]; readonly operations?: readonly string[] }[]
    | null;
}

/** The webhooks of cwii for new pods, by the name of the configuration or the suffix `.cwii.dev`. */
export function registrationsIn(configurations: readonly Manifest[]): Registration[] {
  return configurations.flatMap((configuration) => {
    const { webhooks, metadata } = configuration;
    const list = Array.isArray(webhooks) ? webhooks.filter(isObject).map((webhook) => webhook as Webhook) : [];
    return list
      .filter(({ name }) => /^cwii(-|$)/.test(metadata.name ?? '') || name?.endsWith('.cwii.dev'))
      .filter(({ rules }) => rules?.some(isForNewPods))
      .map(({ namespaceSelector, objectSelector }) => ({
        name: metadata.name ?? '',
        createdAt: createdAt(configuration),
        namespaceSelector: namespaceSelector ?? {},
        objectSelector: objectSelector ?? {},
      }));
  });
}

function isForNewPods({ resources = [], operations = [] }: NonNullable<Webhook['rules']>[number]): boolean {
  const has = (list: readonly string[], ...names: readonly string[]) => names.some((name) => list.includes(name));
  return has(resources, 'pods', '*', '*/*') && has(operations, 'CREATE', '*');
}
