// What differs between the distributions: what their API server has today, and the form in which it is told flags and files.

import type { IssuerChange } from './api-server-flags.ts';
import { kubeadm } from './distribution-kubeadm.ts';
import { k3s, rke2 } from './distribution-rancher.ts';
import { talos } from './distribution-talos.ts';
import type { Placement } from './placement.ts';

export const distributions = ['kubeadm', 'k3s', 'rke2', 'talos'] as const;
export type Distribution = (typeof distributions)[number];

const snippets: Readonly<Record<Distribution, (placement: Placement) => string>> = { kubeadm, k3s, rke2, talos };

/** The file with what goes into the distribution's own configuration. */
export function snippetOf(distribution: Distribution, placement: Placement): string {
  return snippets[distribution](placement);
}

const IN_CLUSTER = 'https://kubernetes.default.svc.cluster.local';

/**
 * What the distribution sets unless told otherwise (its sources; docs/cluster-side.md).
 *
 * @param known the issuers that the cluster is known to have, in place of the distribution's.
 */
export function tokensToday(
  distribution: Distribution,
  apiUrl: string,
  known?: readonly string[],
): Pick<IssuerChange, 'oldIssuers' | 'oldAudiences'> {
  const { oldIssuers, oldAudiences } = defaults(distribution, apiUrl);
  if (!known) return { oldIssuers, oldAudiences };
  // Audiences that the distribution writes out stay as they are with another issuer; else they are the issuers.
  const written = oldAudiences.length > oldIssuers.length ? oldAudiences : [];
  return { oldIssuers: known, oldAudiences: [...known, ...written] };
}

function defaults(distribution: Distribution, apiUrl: string): Pick<IssuerChange, 'oldIssuers' | 'oldAudiences'> {
  switch (distribution) {
    case 'kubeadm':
      return { oldIssuers: [IN_CLUSTER], oldAudiences: [IN_CLUSTER] };
    case 'k3s':
    case 'rke2':
      return { oldIssuers: [IN_CLUSTER], oldAudiences: [IN_CLUSTER, distribution] };
    case 'talos': {
      // cluster.controlPlane.endpoint, which is the URL that everybody uses.
      const endpoint = apiUrl.replace(/\/$/, '');
      return { oldIssuers: [endpoint], oldAudiences: [endpoint] };
    }
  }
}
