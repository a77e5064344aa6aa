// Checks that the users of the functions may read what they need, with SubjectAccessReviews.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { parseOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';
import { ACCESS } from '../../manifests/generated-file.ts';
import { ISSUER_USER, NAMESPACE, READER, WEBHOOK_USER } from '../../manifests/names.ts';
import { readKinds } from '../../manifests/resource-groups.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import type { CheckCode } from '../check-codes.ts';
import { type AccessAttributes, mayUser, type User } from '../cluster/access-review.ts';
import { type CheckContext, requireCluster } from '../context.ts';

const APPLY = `run \`cwii manifests\`, and \`kubectl apply -f ${ACCESS}/\` in its output`;

interface Need {
  /** For the message, such as `replicasets.apps`. */
  readonly name: string;
  readonly access: AccessAttributes;
}

export const readAccess = accessCheck('function-access', WEBHOOK_USER, ({ settings }) =>
  readKinds((settings.ownerKinds ?? []).flatMap(parseOwnerKinds)).map(({ group, resource }) => ({
    name: group === '' ? resource : `${resource}.${group}`,
    access: { verb: 'get', group, resource },
  })),
);

export const issuerAccess = accessCheck('function-issuer-access', ISSUER_USER, ({ issuerHosting }) =>
  issuerHosting === undefined
    ? undefined
    : ['/.well-known/openid-configuration', '/openid/v1/jwks'].map((path) => ({
        name: path,
        access: { verb: 'get', path },
      })),
);

/** @param needsOf undefined if the stack has no such function. */
function accessCheck(
  code: CheckCode,
  username: string,
  needsOf: (cluster: Cluster) => readonly Need[] | undefined,
): Check {
  return {
    code,
    // A missing role is told there.
    unlessFailed: ['webhook-access'],
    run: async (context, signal) => {
      const { cluster } = context;
      requireCluster(cluster);
      if (cluster.credential.none) return skipped('the functions do not read the cluster');
      const needs = needsOf(cluster);
      if (!needs) return skipped('cwii does not host the issuer');
      return review(context, userOf(cluster, username), needs, signal);
    },
  };
}

/** With the credential `secret`, all functions authenticate as one ServiceAccount. */
export function userOf({ credential }: Pick<Cluster, 'credential'>, username: string): User {
  if (!credential.secret) return { username, groups: ['system:authenticated'] };
  return {
    username: `system:serviceaccount:${NAMESPACE}:${READER}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${NAMESPACE}`, 'system:authenticated'],
  };
}

async function review(
  { kube }: CheckContext,
  user: User,
  needs: readonly Need[],
  signal: AbortSignal,
): Promise<Outcome> {
  const allowed = await Promise.all(needs.map(({ access }) => mayUser(kube, user, access, signal)));
  const missing = needs.filter((_, index) => !allowed[index]).map(({ name }) => name);
  return missing.length === 0
    ? passed(user.username)
    : failed(`the user ${user.username} may not get ${missing.join(', ')}`, APPLY);
}

/** The ServiceAccount requests its next token itself. */
export const renewal: AccessAttributes = {
  verb: 'create',
  group: '',
  resource: 'serviceaccounts',
  subresource: 'token',
  namespace: NAMESPACE,
  name: READER,
};
