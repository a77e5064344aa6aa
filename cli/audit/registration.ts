// Which pods the API server sends to the webhook, from the webhook configurations of the cluster.

import { isObject } from '../../lib/common/json.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import { createdAt } from './cluster-objects.ts';

type Labels = Readonly<Record<string, string>>;

interface LabelSelector {
  readonly matchLabels?: Labels | null;
  readonly matchExpressions?:
    | readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] | null }[]
    | null;
}

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

/** Whether labels fit a selector (apimachinery `labels.Requirement.Matches`). */
export function fits({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  const labelled = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labelled(key) === value) &&
    (matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labelled(key);
      const isListed = value !== undefined && (values ?? []).includes(value);
      if (operator === 'In') return isListed;
      if (operator === 'NotIn') return !isListed;
      return (value !== undefined) === (operator === 'Exists');
    })
  );
}
