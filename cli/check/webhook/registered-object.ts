// The objects in the API that send pods to cwii.

import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import type { KubeClient } from '../../kubectl/kube-client.ts';
import type { LabelSelector } from '../../kubectl/label-selector.ts';
import { WEBHOOK } from '../../manifests/generated-file.ts';
import type { Fact } from '../context.ts';

export const PODS_WEBHOOK = 'pods.cwii.dev';
/** The name that `cwii manifests` gives the registration. */
export const REGISTRATION_NAME = 'cwii';

export const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

export interface RegisteredWebhook {
  readonly name: string;
  readonly clientConfig: { readonly url?: string; readonly caBundle?: string; readonly service?: object };
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
  readonly namespaceSelector?: LabelSelector | null;
  readonly [field: string]: unknown;
}

export interface Registration {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly webhooks?: readonly RegisteredWebhook[];
}

/**
 * The objects in the API that send pods to cwii, the one of `cwii manifests` first. Registrations of
 * `cwii serve` and during a migration have other names, so each object with the webhook for pods counts.
 */
export const registeredObjects: Fact<readonly Registration[]> = async ({ kube }) => {
  const all = await readConfigurations(kube);
  const isNamed = ({ metadata }: Registration) => metadata.name === REGISTRATION_NAME;
  return [...all.filter(isNamed), ...all.filter((one) => !isNamed(one) && podsEntryOf(one))];
};

/** A user who may not list them can have the right to read the one of `cwii manifests`. */
async function readConfigurations(kube: KubeClient): Promise<readonly Registration[]> {
  try {
    return await kube.list<Registration>(CONFIGURATIONS);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 403) throw error;
    const named = await kube.find<Registration>(`${CONFIGURATIONS}/${REGISTRATION_NAME}`);
    return named ? [named] : [];
  }
}

/** The object that the checks are about; undefined if there is none. */
export const registeredObject: Fact<Registration | undefined> = async (context) => {
  const objects = await context.fact(registeredObjects);
  return objects.find(podsEntryOf) ?? objects[0];
};

export function podsEntryOf({ webhooks }: Registration): RegisteredWebhook | undefined {
  return webhooks?.find(({ name }) => name === PODS_WEBHOOK);
}

/** The object in messages. */
export function nameOf(found?: Registration): string {
  return `MutatingWebhookConfiguration ${found?.metadata.name ?? REGISTRATION_NAME}`;
}

/** The remedy for a registration. One with another name is not of `cwii manifests`. */
export function remedyFor(found?: Registration): string {
  return found === undefined || found.metadata.name === REGISTRATION_NAME
    ? `run \`cwii manifests\` and \`kubectl apply -f ${WEBHOOK}/\``
    : `correct ${nameOf(found)}; docs/serving.md and docs/migrating.md show how it is made`;
}
