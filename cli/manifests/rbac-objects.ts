// The forms of the RBAC objects that `cwii manifests` writes.

import type { Commented } from './commented-yaml.ts';

export const RBAC = 'rbac.authorization.k8s.io';

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export function namespaceObject(name: string): Commented {
  return { object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } };
}

/** @param comment above the kind. */
export function serviceAccountObject({ namespace, name }: ServiceAccountName, comment: string): Commented {
  return {
    object: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
      automountServiceAccountToken: false,
    },
    comments: { kind: comment },
  };
}

export interface TokenAccess {
  /** The name of the Role and the RoleBinding. */
  readonly name: string;
  /** The ServiceAccount whose tokens the subject may request. */
  readonly account: ServiceAccountName;
  readonly subject: object;
  readonly comments: { readonly rules: string; readonly subjects?: string };
}

/** Permits a subject to request tokens of one ServiceAccount. */
export function tokenAccess({ name, account, subject, comments }: TokenAccess): readonly Commented[] {
  const metadata = { name, namespace: account.namespace };
  const { rules, subjects } = comments;
  return [
    {
      object: {
        apiVersion: `${RBAC}/v1`,
        kind: 'Role',
        metadata,
        rules: [
          { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [account.name], verbs: ['create'] },
        ],
      },
      comments: { rules },
    },
    {
      object: {
        apiVersion: `${RBAC}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC, kind: 'Role', name },
        subjects: [subject],
      },
      ...(subjects !== undefined && { comments: { subjects } }),
    },
  ];
}

export function clusterRoleBinding(name: string, role: string, ...subjects: readonly object[]): Commented {
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

export function groupSubject(name: string): object {
  return { apiGroup: RBAC, kind: 'Group', name };
}
