// Facts about the registration of the webhook: as it is in the cluster, and as cwii.yaml would have it.

import { CwiiError } from '../../../lib/common/errors.ts';
import { isObject } from '../../../lib/common/json.ts';
import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import { digestOfFiles, readStaticWebhooks } from '../../kubectl/static-webhooks.ts';
import { registrationOf } from '../../manifests/cluster-objects.ts';
import { staticWebhookFile } from '../../manifests/static-manifests.ts';
import { hasPathKey, webhookUrl } from '../../manifests/webhook-url.ts';
import { digestOf } from '../../secret-file.ts';
import { Skipped } from '../check.ts';
import { type CheckContext, type Fact, requireCluster } from '../context.ts';
import { hasIdentity } from './pod-identity.ts';
import {
  PODS_WEBHOOK,
  podsEntryOf,
  REGISTRATION_NAME,
  type RegisteredWebhook,
  type Registration,
  registeredObject,
} from './registered-object.ts';
import { createDryRun, sample, samplePod } from './sample-pod.ts';

/**
 * The object, or what the files of the API server have, as far as it is known: the API does not show them.
 * Undefined if neither exists.
 */
export const registration: Fact<Registration | undefined> = async (context) => {
  const found = await context.fact(registeredObject);
  if (found) return found;
  const state = await context.fact(staticRegistration);
  if (state !== 'same' && state !== 'called') return undefined;
  requireCluster(context.cluster);
  const { object } = registrationOf(context.cluster, await context.fact(expectedUrl), context.webhookCa);
  return object as Registration;
};

/**
 * Whether the API server has cwii in its files. `same`: exactly the file of this cwii.yaml, by its digest.
 * `called`: other or unreadable files, and a dry run shows the effect of the webhook. `other`: other files,
 * and a dry run shows no effect.
 */
export type StaticState = 'absent' | 'same' | 'called' | 'other';

export const staticRegistration: Fact<StaticState> = async (context) => {
  const files = await context.fact(staticFiles);
  if (files === 'absent' || files === 'same') return files;
  if (await isCalled(context)) return 'called';
  return files === 'unknown' ? 'absent' : 'other';
};

/** The files of the API server, by their digest in its metrics. `unknown` if the metrics cannot be read. */
export const staticFiles: Fact<'absent' | 'unknown' | 'same' | 'different'> = async (context) => {
  const read = await readStaticWebhooks(context.kube);
  if (read === 'unknown') return read;
  if (read === undefined) return 'absent';
  return read.hash === (await expectedDigest(context)) ? 'same' : 'different';
};

/** Undefined without cwii.yaml, or without the URL. */
async function expectedDigest(context: CheckContext): Promise<string | undefined> {
  if (!context.cluster) return undefined;
  try {
    const { text } = staticWebhookFile(context.cluster, await context.fact(expectedUrl), context.webhookCa);
    return digestOfFiles([text]);
  } catch (error) {
    if (error instanceof Skipped) return undefined;
    throw error;
  }
}

/** Whether a dry run of a pod gets an identity, or is refused with the name of the webhook. */
async function isCalled(context: CheckContext): Promise<boolean> {
  const chosen = await context.fact(sample);
  if (!chosen.sent) return false;
  try {
    return hasIdentity(await createDryRun(context, samplePod(chosen, context.cluster)));
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.isUnreachable) throw error;
    return error.detail.includes(PODS_WEBHOOK);
  }
}

/** The entry for pods. @throws {Skipped} if it is not registered. */
export async function podsWebhookOf(context: CheckContext): Promise<RegisteredWebhook> {
  const registered = await context.fact(registration);
  const found = registered && podsEntryOf(registered);
  if (found) return found;
  throw new Skipped('the webhook is not registered');
}

/** The URL that the API server calls. @throws {Skipped} if there is none. */
export async function registeredUrl(context: CheckContext): Promise<URL> {
  const { clientConfig } = await podsWebhookOf(context);
  if (clientConfig.url === undefined || !URL.canParse(clientConfig.url))
    throw new Skipped('the registration has no URL');
  return new URL(clientConfig.url);
}

/** The CA that the API server uses for this URL, in PEM. Undefined for the public roots. */
export async function registeredCa(context: CheckContext): Promise<string | undefined> {
  const { caBundle } = (await podsWebhookOf(context)).clientConfig;
  return caBundle ? Buffer.from(caBundle, 'base64').toString('utf8') : undefined;
}

/** The URL without the key in its path. */
export function shownUrl(url: string): string {
  return url.replace(/\/k\/[^/]+/, '/k/…');
}

/** The URL that cwii.yaml and the outputs of the stack give. @throws {Skipped} without them. */
export const expectedUrl: Fact<string> = async (context) => {
  const { cluster, outputs } = context;
  requireCluster(cluster);
  if (!outputs) throw new Skipped('cdk-outputs.json was not found, and --url is not set');
  try {
    return webhookUrl(cluster, outputs, await knownPathKey(context));
  } catch (error) {
    if (error instanceof CwiiError) throw new Skipped(error.message);
    throw error;
  }
};

/** The key in the path of the registered URL, if its digest is in cwii.yaml. */
async function knownPathKey(context: CheckContext): Promise<string | undefined> {
  const registered = await context.fact(registeredObject);
  const url = registered && podsEntryOf(registered)?.clientConfig.url;
  if (url === undefined || !URL.canParse(url) || !hasPathKey(url)) return undefined;
  const key = new URL(url).pathname.split('/')[2] ?? '';
  return context.cluster?.callers.pathKeySha256.includes(digestOf(key)) ? key : undefined;
}

/** The registration of cwii.yaml with the URL and the CA of the cluster, which have checks of their own. */
export async function expectedRegistration(context: CheckContext): Promise<object> {
  const { cluster } = context;
  requireCluster(cluster);
  const { url = '' } = (await podsWebhookOf(context)).clientConfig;
  const expected = registrationOf(cluster, url, await registeredCa(context)).object;
  if (!isObject(expected)) return {};
  const name = (await context.fact(registeredObject))?.metadata.name ?? REGISTRATION_NAME;
  return { ...expected, metadata: { ...(isObject(expected['metadata']) && expected['metadata']), name } };
}
