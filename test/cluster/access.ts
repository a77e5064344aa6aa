// Knows how the generated RBAC comes into a test cluster, beside that of examples/.

import type { Identities } from '../../cli/manifests/names.ts';
import { accessObjects } from '../../cli/manifests/rbac.ts';
import type { TestCluster } from './test-cluster.ts';

/** As `cwii manifests` writes it for functions that come as users, or by one ServiceAccount's token. */
export async function applyAccess(cluster: TestCluster, identities: Identities): Promise<void> {
  const objects = accessObjects({ identities, ownerKinds: [], issuer: false });
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.map(({ object }) => object) }));
}
