// Checks what the user of the kubeconfig may do: each missing permission leaves checks out.

import { type Check, passed } from '../check.ts';
import { type CategoryName, checkCategories } from '../check-codes.ts';
import type { CheckContext } from '../context.ts';
import { type AccessAttributes, mayCaller } from './access-review.ts';

interface Need {
  readonly category: CategoryName;
  readonly access: AccessAttributes;
}

const resource = (
  category: CategoryName,
  verb: string,
  [group, name, subresource]: readonly [group: string, name: string, subresource?: string],
  namespace?: string,
): Need => ({
  category,
  access: { verb, group, resource: name, ...(subresource && { subresource }), ...(namespace && { namespace }) },
});

/** The permissions that the checks need, one entry for each. */
const needs = (namespace: string): readonly Need[] => [
  resource('issuer', 'create', ['', 'serviceaccounts', 'token'], namespace),
  { category: 'issuer', access: { verb: 'get', path: '/openid/v1/jwks' } },
  resource('webhook', 'get', ['admissionregistration.k8s.io', 'mutatingwebhookconfigurations']),
  resource('webhook', 'create', ['', 'pods'], namespace),
  { category: 'webhook', access: { verb: 'get', path: '/metrics' } },
  resource('function', 'create', ['authorization.k8s.io', 'subjectaccessreviews']),
  resource('trust', 'list', ['', 'serviceaccounts']),
  resource('trust', 'create', ['', 'serviceaccounts', 'token']),
  resource('pod', 'get', ['', 'pods']),
];

export const permissions: Check = {
  code: 'cluster-permissions',
  needs: ['cluster-reachable'],
  run: async (context, signal) => {
    const all = needs(context.kubeconfig.namespace);
    const [user, ...allowed] = await Promise.all([
      userOf(context, signal),
      ...all.map(({ access }) => mayCaller(context.kube, access, signal)),
    ]);
    const missing = all.filter((_, index) => !allowed[index]);
    if (missing.length === 0) return passed(`${user} may read all that is checked`);
    const list = missing.map(({ category, access }) => `${describe(access)} (${checkCategories[category].title})`);
    return passed(`${user} may not ${list.join(', ')}; checks that need it are skipped`);
  },
};

function describe(access: AccessAttributes): string {
  if ('path' in access) return `${access.verb} ${access.path}`;
  const { verb, resource: name, subresource, namespace } = access;
  return `${verb} ${name}${subresource ? `/${subresource}` : ''}${namespace ? ` in ${namespace}` : ''}`;
}

async function userOf({ kube }: CheckContext, signal: AbortSignal): Promise<string> {
  const review = await kube.call<{ status: { userInfo: { username: string } } }>(
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }, signal },
  );
  return review.status.userInfo.username;
}
