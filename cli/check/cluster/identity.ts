// Checks that the context of the kubeconfig is the cluster that cwii.yaml means: by URL, CA and issuer.

import { X509Certificate } from 'node:crypto';
import { isPrivateHost } from '../../../cluster-file/issuer-url.ts';
import { withoutTrailingSlashes } from '../../../lib/common/trailing-slashes.ts';
import { certificates } from '../../../lib/settings/parsers.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import { type CheckContext, requireCluster } from '../context.ts';
import { signedToken } from '../issuer/signed-token.ts';

/** One side of the comparison. */
export interface ClusterTraits {
  readonly url: string;
  /** PEM. Undefined for the public roots. */
  readonly ca: string | undefined;
  /** The possible values of `iss`; empty if unknown. */
  readonly issuers: readonly string[];
}

export const identity: Check = {
  code: 'cluster-context',
  needs: ['cluster-reachable'],
  run: async (context) => {
    const { cluster, kubeconfig } = context;
    requireCluster(cluster);
    const issuer = await issuerOf(context);
    return compareClusters(
      { url: kubeconfig.server, ca: kubeconfig.ca, issuers: issuer === undefined ? [] : [issuer] },
      {
        url: cluster.api.url,
        ca: cluster.api.ca,
        issuers: [cluster.issuer, ...(cluster.issuerHosting?.oldIssuers ?? [])],
      },
      { context: kubeconfig.context, name: cluster.name },
    );
  },
};

async function issuerOf(context: CheckContext): Promise<string | undefined> {
  try {
    return (await context.fact(signedToken)).issuer;
  } catch {
    // `issuer-token` tells why. URL and CA can be enough.
    return undefined;
  }
}

/**
 * One trait in common is enough: the function may reach the API server through another address, and the
 * issuer may not have been changed yet.
 */
export function compareClusters(
  seen: ClusterTraits,
  file: ClusterTraits,
  { context, name }: { readonly context: string; readonly name: string },
): Outcome {
  if (new URL(seen.url).host === new URL(file.url).host) return passed(`context ${context}, cluster ${name}`);
  const [seenCa, fileCa] = [fingerprints(seen.ca), fingerprints(file.ca)];
  if (seenCa.some((one) => fileCa.includes(one)))
    return passed(`context ${context}, cluster ${name}: ${file.url} has the same CA`);
  if (seen.issuers.some((one) => file.issuers.some((other) => isSameIssuer(one, other))))
    return passed(`context ${context}, cluster ${name}: the API server signs its issuer`);
  const differences = [
    `the context ${context} is ${seen.url}, but cwii.yaml has ${file.url} for the cluster ${name}`,
    ...(seenCa[0] !== undefined && fileCa[0] !== undefined
      ? [`the CA is ${seenCa[0].slice(0, 8)}, not ${fileCa[0].slice(0, 8)}`]
      : []),
    ...(seen.issuers[0] === undefined ? [] : [`the issuer is ${seen.issuers[0]}, not ${file.issuers[0]}`]),
  ];
  // Only the URLs differ, which is also so behind a load balancer.
  if (differences.length === 1) return skipped(`${differences[0]}, and neither CA nor issuer can be compared`);
  return failed(
    `${differences.join('; ')}: this is another cluster`,
    'choose the context of the cluster with --context, or its entry in cwii.yaml with --cluster',
  );
}

/**
 * A difference in the slash is a mistake in one cluster. A private issuer tells nothing: every kubeadm
 * cluster has the same one.
 */
function isSameIssuer(one: string, other: string): boolean {
  const [plain, otherPlain] = [withoutTrailingSlashes(one), withoutTrailingSlashes(other)];
  return plain === otherPlain && URL.canParse(plain) && !isPrivateHost(new URL(plain).hostname);
}

/** SHA-256 of each certificate in hex. */
function fingerprints(pem: string | undefined): string[] {
  if (pem === undefined) return [];
  const blocks = certificates(pem).match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).fingerprint256.replaceAll(':', '').toLowerCase());
}
