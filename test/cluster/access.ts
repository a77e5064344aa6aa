// Applies the RBAC that `cwii manifests` generates to a test cluster.

import type { Identities } from '../../cli/manifests/names.ts';
import { accessObjects } from '../../cli/manifests/rbac.ts';
import type { TestCluster } from './test-cluster.ts';

/**
 * @param identities whether functions are users or use the token of one ServiceAccount.
 */
export async function applyAccess(cluster: TestCluster, identities: Identities): Promise<void> {
  const objects = accessObjects({ identities, ownerKinds: [], issuer: false, callerTokens: false });
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) }));
}
