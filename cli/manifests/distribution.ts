// The differences between Kubernetes distributions: how the API server is configured, and its default issuer.

import type { IssuerChange, SnippetInput } from './api-server-flags.ts';
import { kubeadm } from './distribution-kubeadm.ts';
import { k3s, rke2 } from './distribution-rancher.ts';
import { talos } from './distribution-talos.ts';

export const distributions = ['kubeadm', 'k3s', 'rke2', 'talos'] as const;
export type Distribution = (typeof distributions)[number];

const snippets: Readonly<Record<Distribution, (input: SnippetInput) => string>> = { kubeadm, k3s, rke2, talos };

/** The file with the additions to the distribution's own configuration. */
export function snippetFor(distribution: Distribution, input: SnippetInput): string {
  return snippets[distribution](input);
}

const IN_CLUSTER = 'https://kubernetes.default.svc.cluster.local';

/**
 * The current issuers and audiences of the API server, which are the distribution's defaults (from its
 * sources; see docs/cluster-side.md) unless they are known.
 */
export function currentTokenFlags(
  distribution: Distribution,
  apiUrl: string,
  knownIssuers?: readonly string[],
): Pick<IssuerChange, 'oldIssuers' | 'oldAudiences'> {
  const { oldIssuers, oldAudiences } = defaultTokenFlags(distribution, apiUrl);
  if (!knownIssuers) return { oldIssuers, oldAudiences };
  // Audiences that the distribution sets explicitly do not depend on the issuers.
  const explicitAudiences = oldAudiences.length > oldIssuers.length ? oldAudiences : [];
  return { oldIssuers: knownIssuers, oldAudiences: [...knownIssuers, ...explicitAudiences] };
}

function defaultTokenFlags(
  distribution: Distribution,
  apiUrl: string,
): Pick<IssuerChange, 'oldIssuers' | 'oldAudiences'> {
  switch (distribution) {
    case 'kubeadm':
      return { oldIssuers: [IN_CLUSTER], oldAudiences: [IN_CLUSTER] };
    case 'k3s':
    case 'rke2':
      return { oldIssuers: [IN_CLUSTER], oldAudiences: [IN_CLUSTER, distribution] };
    case 'talos': {
      // cluster.controlPlane.endpoint, the URL that all clients use.
      const endpoint = apiUrl.replace(/\/$/, '');
      return { oldIssuers: [endpoint], oldAudiences: [endpoint] };
    }
  }
}
