// The URL that the API server calls: from the outputs of the stack, with the path of the webhook.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { httpsUrl } from '../../lib/settings/parsers.ts';
import type { StackOutputs } from './stack-outputs.ts';

/**
 * A URL with a path is used unchanged. A URL without one is that of the function, whose webhook is at
 * /mutate, or at /k/<key>.
 */
export function webhookUrl({ name, callers }: Cluster, outputs: StackOutputs, pathKey: string | undefined): string {
  const url = parseWebhookUrl(outputs.get('WebhookUrl'));
  if (pathKey !== undefined) return `${url.origin}/k/${pathKey}`;
  if (url.pathname !== '/') return url.href;
  if (callers.tokenSha256.length + callers.subjects.length === 0) {
    throw new CwiiError(
      'manifest-input-invalid',
      `cluster ${name} has only path keys, and cwii.yaml has only their digests; name the file with the key: --path-key FILE (from \`cwii caller-token --path-key --out FILE\`)`,
    );
  }
  return `${url.origin}/mutate`;
}

/** Whether the URL has a secret. */
export function hasPathKey(url: string): boolean {
  return new URL(url).pathname.startsWith('/k/');
}

/** The API server accepts only https URLs without user, query and fragment for webhooks. */
function parseWebhookUrl(text: string): URL {
  try {
    return httpsUrl(text);
  } catch (error) {
    throw new CwiiError(
      'manifest-input-invalid',
      `the webhook's URL is "${text}"; write https://HOST[:PORT][/PATH], without user, query and fragment`,
      { cause: error },
    );
  }
}
