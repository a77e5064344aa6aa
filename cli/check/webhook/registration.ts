// Facts about the registration of the webhook: as it is in the cluster, and as cwii.yaml would have it.

import { CwiiError } from '../../../lib/common/errors.ts';
import { isObject } from '../../../lib/common/json.ts';
import { registrationOf } from '../../manifests/cluster-objects.ts';
import { hasPathKey, webhookUrl } from '../../manifests/generate-files.ts';
import { digestOf } from '../../secret-file.ts';
import { Skipped } from '../check.ts';
import { type CheckContext, type Fact, requireCluster } from '../context.ts';

export const PODS_WEBHOOK = 'pods.cwii.dev';
export const REGISTRATION = 'MutatingWebhookConfiguration cwii';

export const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

export interface RegisteredWebhook {
  readonly name: string;
  readonly clientConfig: { readonly url?: string; readonly caBundle?: string; readonly service?: object };
  readonly failurePolicy: string;
  readonly timeoutSeconds: number;
  readonly [field: string]: unknown;
}

export interface Registration {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly webhooks?: readonly RegisteredWebhook[];
}

/** Undefined if it does not exist. */
export const registration: Fact<Registration | undefined> = ({ kube }) =>
  kube.find<Registration>(`${CONFIGURATIONS}/cwii`);

/** The entry for pods. @throws {Skipped} if it is not registered. */
export async function podsWebhookOf(context: CheckContext): Promise<RegisteredWebhook> {
  const found = (await context.fact(registration))?.webhooks?.find(({ name }) => name === PODS_WEBHOOK);
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
  const url = (await context.fact(registration))?.webhooks?.find(({ name }) => name === PODS_WEBHOOK)?.clientConfig.url;
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
  return isObject(expected) ? expected : {};
}
