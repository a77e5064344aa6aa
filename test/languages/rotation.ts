// A process with an SDK that goes on while the kubelet replaces the token file.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPLACED, startClouds } from '../sdk/clouds.ts';
import type { AdmittedPod, FederatedCluster } from '../sdk/federated-cluster.ts';
import { type Language, startSdk } from './sdk-process.ts';

/** The lifetime of credentials that most SDKs renew at the next use, because they end within minutes. */
const ENDS_SOON = 60;
/** The SDK for Go of AWS and that for Python of Azure renew credentials only when they have ended. */
const ENDS_AT_ONCE = 2;

/** The pod's only token, and the kubelet's replacement of it. */
export interface RotatingPod extends Pick<AdmittedPod, 'root'> {
  /** Writes a new token. @returns the environment of the container, and the token. */
  renew(): Promise<{ readonly env: Readonly<Record<string, string>>; readonly token: string }>;
}

/** Whether the SDK's next credentials come from the new token. The cloud refuses the old one. */
export async function rotate(
  pod: RotatingPod,
  identity: FederatedCluster['identity'],
  start: { readonly language: Language; readonly service: string },
): Promise<string> {
  const sessionSeconds = start.language === 'go' || start.service.startsWith('azure') ? ENDS_AT_ONCE : ENDS_SOON;
  const clouds = await startClouds({ ...identity, sessionSeconds }, pod.root);
  try {
    const { env, token } = await pod.renew();
    const sdk = await startSdk({ ...start, env, root: pod.root, clouds });
    const before = await sdk.ask();
    if (before.error) throw new Error(`no credentials before the rotation: ${before.error.message}`);
    clouds.refuse(token);
    const renewed = await pod.renew();
    if (renewed.token === token) throw new Error('the kubelet did not replace the token');
    if (sessionSeconds === ENDS_AT_ONCE) await sleep(ENDS_AT_ONCE * 1000);
    const requests = Object.values(clouds.requests).flat().length;
    const after = await sdk.ask();
    await sdk.stop();
    const later = Object.values(clouds.requests).flat().slice(requests);
    if (later.length === 0) throw new Error(`the SDK for ${start.language} did not renew its credentials`);
    if (!after.error) {
      if (!later.some(({ body }) => body.includes(renewed.token))) throw new Error('no request has the new token');
      return 'reads the new token';
    }
    if (!after.error.message.includes(REPLACED)) throw new Error(`unexpected refusal: ${after.error.message}`);
    return 'keeps the old token';
  } finally {
    await clouds.stop();
  }
}

/** The same, for a pod of the cluster without an API server. */
export async function rotationOf(
  pod: AdmittedPod,
  { identity }: FederatedCluster,
  start: { readonly language: Language; readonly service: string },
): Promise<string> {
  const renew = async () => {
    const { env } = await pod.start('app');
    return { env, token: await readFile(tokenFileOf(pod), 'utf8') };
  };
  return rotate({ root: pod.root, renew }, identity, start);
}

/** The file of the pod's only token. */
function tokenFileOf({ stored, root }: AdmittedPod): string {
  const volume = stored.spec.volumes?.find(({ projected }) => projected?.sources[0]?.serviceAccountToken);
  const mounts = stored.spec.containers[0]?.volumeMounts ?? [];
  const mount = mounts.find(({ name, mountPath }) => name === volume?.name && mountPath.startsWith(root));
  if (!mount) throw new Error('the pod has no mount with a token');
  return join(mount.mountPath, 'token');
}
