// The kinds that the webhook reads in a cluster, grouped as rules have them.

import { namespaces, type ObjectKind, serviceAccounts } from '../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';

export interface ResourceGroup {
  readonly group: string;
  readonly versions: readonly string[];
  readonly resources: readonly string[];
}

/** All kinds whose annotations configure pods, the configured owner kinds included. */
export function readKinds(ownerKinds: readonly ObjectKind[]): readonly ObjectKind[] {
  return [serviceAccounts, namespaces, ...builtInOwnerKinds, ...ownerKinds];
}

/** The kinds whose objects get advice when they are applied. Pods get their identity instead. */
export function adviceKinds(ownerKinds: readonly ObjectKind[]): readonly ObjectKind[] {
  return readKinds(ownerKinds).filter(({ group, resource }) => group !== '' || resource !== 'pods');
}

/** The kinds by API group, in a stable order. */
export function groupByApiGroup(kinds: readonly ObjectKind[]): readonly ResourceGroup[] {
  const groups = [...new Set(kinds.map(({ group }) => group))].sort();
  return groups.map((group) => {
    const members = kinds.filter((kind) => kind.group === group);
    const all = (field: 'version' | 'resource') => [...new Set(members.map((kind) => kind[field]))].sort();
    return { group, versions: all('version'), resources: all('resource') };
  });
}
