// Reads from the metrics which files of webhooks an API server has (staticManifestsDir), which its API does
// not show.

import { createHash } from 'node:crypto';
import type { KubeClient } from './kube-client.ts';

/** `unknown` if the metrics cannot be read; undefined without such files. */
export type StaticWebhooks = { readonly hash: string } | 'unknown' | undefined;

const METRIC = 'apiserver_manifest_admission_config_controller_last_config_info';

/** One API server answers; the others of the control plane have files of their own. */
export async function readStaticWebhooks(kube: KubeClient, signal?: AbortSignal): Promise<StaticWebhooks> {
  const { text, status } = await kube.send('/metrics', { accept: 'text/plain', ...(signal && { signal }) });
  return status >= 400 ? 'unknown' : staticWebhooksIn(text);
}

/** The API server's digest: of the files in alphabetical order, with a zero byte after each. */
export function digestOfFiles(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text}\0`);
  return `sha256:${hash.digest('hex')}`;
}

export function staticWebhooksIn(metrics: string): Exclude<StaticWebhooks, 'unknown'> {
  const line = metrics
    .split('\n')
    .find((one) => one.startsWith(METRIC) && one.includes('plugin="MutatingAdmissionWebhook"'));
  // A directory without files has an empty digest.
  const hash = /[{,]hash="(sha256:[0-9a-f]{64})"/.exec(line ?? '')?.[1];
  return hash === undefined ? undefined : { hash };
}
