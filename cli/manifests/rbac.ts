// RBAC: the permissions and identities of the functions in the cluster.

import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import type { Commented } from './commented-yaml.ts';
import { type Identities, ISSUER_USER, NAMESPACE, READER, subjectOf, WEBHOOK_USER } from './names.ts';
import { clusterRoleBinding, namespaceObject, RBAC, serviceAccountObject, tokenAccess } from './rbac-objects.ts';
import { groupByApiGroup, readKinds } from './resource-groups.ts';

export interface Access {
  readonly identities: Identities;
  readonly ownerKinds: readonly ObjectKind[];
  /** Whether the issuer is hosted. Its function reads the cluster's discovery document and keys. */
  readonly issuer: boolean;
  /** Whether callers may present tokens of the cluster. The webhook function then reads the same. */
  readonly callerTokens: boolean;
}

export function accessObjects({ identities, ownerKinds, issuer, callerTokens }: Access): readonly Commented[] {
  const users = [...(issuer ? [ISSUER_USER] : []), ...(callerTokens ? [WEBHOOK_USER] : [])];
  // With a ServiceAccount, both functions are the same subject.
  const discoverers = users.slice(0, identities === 'users' ? 2 : 1).map((user) => subjectOf(user, identities));
  return [
    ...(identities === 'service-account' ? [namespaceObject(NAMESPACE), readerAccount()] : []),
    readerRole(ownerKinds),
    clusterRoleBinding(READER, READER, subjectOf(WEBHOOK_USER, identities)),
    ...(identities === 'service-account' ? selfRenewal() : []),
    ...(discoverers.length > 0
      ? [clusterRoleBinding('cwii-issuer-discovery', 'system:service-account-issuer-discovery', ...discoverers)]
      : []),
  ];
}

const reader = { namespace: NAMESPACE, name: READER };

function readerAccount(): Commented {
  return serviceAccountObject(reader, 'Deleting it immediately revokes every token of the functions.');
}

function selfRenewal(): readonly Commented[] {
  return tokenAccess({
    name: 'cwii-reader-renewal',
    account: reader,
    subject: subjectOf('', 'service-account'),
    comments: {
      rules: 'With its token the ServiceAccount can request its next one, but no token of another ServiceAccount.',
    },
  });
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
