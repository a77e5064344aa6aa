// RBAC: the permissions and identities of the functions in the cluster.

import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import type { Commented } from './commented-yaml.ts';
import { type Identities, ISSUER_USER, NAMESPACE, READER, subjectOf, WEBHOOK_USER } from './names.ts';
import { groupByApiGroup, readKinds } from './resource-groups.ts';

export interface Access {
  readonly identities: Identities;
  readonly ownerKinds: readonly ObjectKind[];
  /** Whether the issuer is hosted. Its function reads the cluster's discovery document and keys. */
  readonly issuer: boolean;
  /** Whether callers may present tokens of the cluster. The webhook function then reads the same. */
  readonly callerTokens: boolean;
}

const RBAC = 'rbac.authorization.k8s.io';

export function accessObjects({ identities, ownerKinds, issuer, callerTokens }: Access): readonly Commented[] {
  const users = [...(issuer ? [ISSUER_USER] : []), ...(callerTokens ? [WEBHOOK_USER] : [])];
  // With a ServiceAccount, both functions are the same subject.
  const discoverers = users.slice(0, identities === 'users' ? 2 : 1).map((user) => subjectOf(user, identities));
  return [
    ...(identities === 'service-account' ? [namespace(), serviceAccount()] : []),
    readerRole(ownerKinds),
    binding(READER, READER, subjectOf(WEBHOOK_USER, identities)),
    ...(identities === 'service-account' ? selfRenewal() : []),
    ...(discoverers.length > 0
      ? [binding('cwii-issuer-discovery', 'system:service-account-issuer-discovery', ...discoverers)]
      : []),
  ];
}

function namespace(): Commented {
  return { object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } } };
}

function serviceAccount(): Commented {
  return {
    object: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: READER, namespace: NAMESPACE },
      automountServiceAccountToken: false,
    },
    comments: { kind: 'Deleting it immediately revokes every token of the functions.' },
  };
}

function readerRole(ownerKinds: readonly ObjectKind[]): Commented {
  return {
    object: {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: READER },
      rules: groupByApiGroup(readKinds(ownerKinds)).map(({ group, resources }) => ({
        apiGroups: [group],
        resources,
        verbs: ['get'],
      })),
    },
    comments: {
      rules: 'Only get, by name: no list, no watch, no write, no secrets. The function requests only metadata.',
    },
  };
}

function selfRenewal(): readonly Commented[] {
  const name = 'cwii-reader-renewal';
  return [
    {
      object: {
        apiVersion: `${RBAC}/v1`,
        kind: 'Role',
        metadata: { name, namespace: NAMESPACE },
        rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [READER], verbs: ['create'] }],
      },
      comments: {
        rules: 'With its token the ServiceAccount can request its next one, but no token of another ServiceAccount.',
      },
    },
    {
      object: {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata: { name, namespace: NAMESPACE },
        roleRef: { apiGroup: RBAC, kind: 'Role', name },
        subjects: [subjectOf('', 'service-account')],
      },
    },
  ];
}

function binding(name: string, role: string, ...subjects: readonly object[]): Commented {
  return {
    object: {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects,
    },
  };
}
