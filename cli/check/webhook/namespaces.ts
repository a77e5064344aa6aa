// Which namespaces the API server sends to the webhook, and the objects there that request an identity.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { INJECT_KEY } from '../../../lib/annotations/keys.ts';
import { isNativeAnnotation } from '../../../lib/annotations/native-keys.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { catalogue } from '../../../lib/settings/service-catalogue.ts';
import { METADATA_LIST } from '../../kubectl/kube-client.ts';
import { fits, type LabelSelector } from '../../kubectl/label-selector.ts';
import { INJECT_LABEL, SYSTEM_NAMESPACES } from '../../manifests/names.ts';
import { type Check, failed } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import { podsEntryOf, registeredObject } from './registered-object.ts';

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
}

export const namespaceObjects: Fact<readonly Metadata[]> = (context) => metadataOf(context, '/api/v1/namespaces');
export const serviceAccountObjects: Fact<readonly Metadata[]> = (context) =>
  metadataOf(context, '/api/v1/serviceaccounts');

/** Metadata only, which is a fraction of the objects. */
async function metadataOf({ kube }: CheckContext, path: string): Promise<Metadata[]> {
  const items = await kube.list<{ metadata: Metadata }>(path, { accept: METADATA_LIST });
  return items.map(({ metadata }) => metadata);
}

const [LABEL, VALUE] = [INJECT_KEY, INJECT_LABEL[INJECT_KEY]];

/** Which namespaces the API server sends. */
export interface Selection {
  /** Whether the label of a namespace decides. */
  readonly isByLabel: boolean;
  readonly isSent: (namespace: Metadata) => boolean;
}

/** As cwii.yaml has it; without the file, as the registration has it. */
export const selection: Fact<Selection> = async (context) => {
  const selector = await selectorOf(context);
  const isByLabel = JSON.stringify(selector).includes(LABEL);
  return { isByLabel, isSent: (one) => !isSystem(one.name) && fits(selector, one.labels ?? {}) };
};

async function selectorOf(context: CheckContext): Promise<LabelSelector> {
  const { cluster } = context;
  if (cluster) return cluster.webhook.namespaces === 'all' ? {} : BY_LABEL;
  const object = await context.fact(registeredObject);
  const pods = object && podsEntryOf(object);
  return pods ? (pods.namespaceSelector ?? {}) : BY_LABEL;
}

const BY_LABEL: LabelSelector = { matchLabels: INJECT_LABEL };

export function isSystem(namespace: string): boolean {
  return (SYSTEM_NAMESPACES as readonly string[]).includes(namespace);
}

/** Whether the annotations of an object request the identity of a cloud, or the token of a service. */
export function requestsIdentity({ annotations = {} }: Metadata, cluster: Cluster | undefined): boolean {
  if (cluster?.settings.nativeAnnotations && Object.keys(annotations).some(isNativeAnnotation)) return true;
  const services = [...catalogue, ...(cluster?.services ?? [])];
  const triggers = [
    ...providers.map(({ id, trigger }) => ({ id, trigger })),
    ...services.map(({ name, trigger }) => ({ id: name, trigger: `cwii.dev/${name}-${trigger}` })),
  ];
  return (
    triggers.some(
      ({ id, trigger }) => annotations[trigger] !== undefined || annotations[`cwii.dev/${id}-inject`] === 'true',
    ) || Object.keys(annotations).some((key) => BARE_TOKEN.test(key))
  );
}

/** The annotation with the audience, and not one of the others about the token. */
const BARE_TOKEN = /^cwii\.dev\/token-(?!.*-(env|expiration|inject)$)/;

/** Such as `label cwii.dev/inject is absent`. */
export function labelProblem({ labels }: Metadata): string {
  const value = labels?.[LABEL];
  return `label ${LABEL} is ${value === undefined ? 'absent' : `"${value}"`}; it must be "${VALUE}"`;
}

export function labelCommand(namespace: string): string {
  return `kubectl label namespace ${namespace} ${LABEL}=${VALUE} --overwrite`;
}

const MOST_NAMED = 3;

/** Only ServiceAccounts and namespaces are looked at; `cwii audit` looks at every workload. */
export const labels: Check = {
  code: 'webhook-namespaces',
  needs: ['cluster-reachable'],
  run: async (context) => {
    const { cluster } = context;
    const { isByLabel, isSent } = await context.fact(selection);
    if (!isByLabel) return [];
    const [namespaces, accounts] = await Promise.all([
      context.fact(namespaceObjects),
      context.fact(serviceAccountObjects),
    ]);
    const byNamespace = Map.groupBy(
      accounts.filter((one) => requestsIdentity(one, cluster)),
      ({ namespace = '' }) => namespace,
    );
    return namespaces
      .filter((one) => !isSent(one) && !isSystem(one.name))
      .flatMap((one) => {
        const names = (byNamespace.get(one.name) ?? []).map(({ name }) => name);
        if (names.length === 0 && !requestsIdentity(one, cluster)) return [];
        const named = names.slice(0, MOST_NAMED).join(', ');
        const who = names.length === 0 ? 'the namespace itself requests' : `ServiceAccount ${named} requests`;
        const more = names.length > MOST_NAMED ? ` (and ${names.length - MOST_NAMED} more)` : '';
        return [
          failed(
            `its pods are not sent to cwii: ${labelProblem(one)}, and ${who} an identity${more}`,
            labelCommand(one.name),
            `Namespace ${one.name}`,
          ),
        ];
      });
  },
};
