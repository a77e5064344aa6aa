// Reads the provider and the IAM policy with the Google Cloud CLI, and names the difference to the token.

import { fieldOf, isObject, isString } from '../../../lib/common/json.ts';
import { memberOf, partsOf } from '../../trust/gcp.ts';
import type { GcpIdentity } from '../../trust/identities.ts';
import { differenceOf } from '../difference.ts';
import { type AccountProblem, readCloud } from './cloud-cli.ts';
import type { Exchange } from './each-identity.ts';
import { nearestText } from './nearest-text.ts';
import type { IssuedToken } from './tokens.ts';

export async function providerProblem({ identity, token, signal }: Exchange<GcpIdentity>): Promise<AccountProblem> {
  const { project, location, pool, provider } = partsOf(identity);
  const place = [`--workload-identity-pool=${pool}`, `--location=${location}`, `--project=${project}`];
  const describe = ['iam', 'workload-identity-pools', 'providers', 'describe', provider, ...place];
  const { value, error } = await readCloud('gcloud', describe, signal);
  if (error === undefined) return compareProvider(value, token, identity);
  return /NOT_FOUND/.test(error)
    ? { problem: `Google has no provider ${provider} in the pool ${pool} of project ${project}` }
    : { unknown: `The provider was not read: ${error}` };
}

/** @param provider a WorkloadIdentityPoolProvider, as the IAM API returns it. */
export function compareProvider(
  provider: unknown,
  token: Pick<IssuedToken, 'issuer' | 'subject' | 'audience'>,
  { provider: name }: Pick<GcpIdentity, 'provider'>,
): AccountProblem {
  const state = fieldOf(provider, 'state');
  if (fieldOf(provider, 'disabled') === true) return { problem: 'The provider is disabled' };
  if (isString(state) && state !== 'ACTIVE') return { problem: `The provider is ${state}` };
  const oidc = fieldOf(provider, 'oidc');
  if (!isObject(oidc)) return { problem: 'The provider is not of the type OIDC' };
  const issuer = String(oidc['issuerUri'] ?? '');
  if (issuer !== token.issuer)
    return {
      problem: `The provider has the issuer "${issuer}", the token has "${token.issuer}". ${differenceOf(issuer, token.issuer)}`,
    };
  const listed = Array.isArray(oidc['allowedAudiences']) ? oidc['allowedAudiences'].map(String) : [];
  // Without a list, Google accepts the name of the provider, with and without `https:`.
  const allowed = listed.length > 0 ? listed : [`https:${name}`, name];
  if (!allowed.includes(token.audience)) {
    const nearest = nearestText(token.audience, allowed) ?? '';
    return {
      problem: `The provider allows the audience "${nearest}", the token has "${token.audience}". ${differenceOf(nearest, token.audience)}`,
    };
  }
  const mapping = fieldOf(fieldOf(provider, 'attributeMapping'), 'google.subject');
  const condition = fieldOf(provider, 'attributeCondition');
  const texts = [
    `Issuer and audience of the provider match the token`,
    ...(mapping === 'assertion.sub' ? [] : [`it maps google.subject from "${mapping}", not from "assertion.sub"`]),
    ...(isString(condition) && condition !== '' ? [`its attribute condition is "${condition}"`] : []),
  ];
  const isDecided = texts.length > 1;
  return isDecided
    ? { problem: texts.join('; ') }
    : { unknown: `${texts[0]}, so the change is newer than a few minutes` };
}

/** The roles with which a principal can get an access token of a service account. */
const ROLES = ['roles/iam.workloadIdentityUser', 'roles/iam.serviceAccountTokenCreator'];

export async function bindingProblem(
  { identity, target, signal }: Exchange<GcpIdentity>,
  serviceAccount: string,
): Promise<AccountProblem> {
  const policy = ['iam', 'service-accounts', 'get-iam-policy', serviceAccount];
  const { value, error } = await readCloud('gcloud', policy, signal);
  if (error === undefined) return compareBindings(value, memberOf(target.serviceAccount, identity));
  return /NOT_FOUND/.test(error)
    ? { problem: `The service account ${serviceAccount} does not exist` }
    : { unknown: `The IAM policy was not read: ${error}` };
}

/** @param policy of the service account. @param member the principal of the token. */
export function compareBindings(policy: unknown, member: string): AccountProblem {
  const bindings = fieldOf(policy, 'bindings');
  const ofRoles = (Array.isArray(bindings) ? bindings.filter(isObject) : []).filter(({ role }) =>
    ROLES.includes(String(role)),
  );
  const members = ofRoles.flatMap((binding) =>
    (Array.isArray(binding['members']) ? binding['members'] : []).map((one) => ({ one: String(one), binding })),
  );
  const own = members.find(({ one }) => one === member);
  if (own) {
    const expression = fieldOf(own.binding['condition'], 'expression');
    return isString(expression)
      ? { problem: `The binding of ${own.binding['role']} has the condition "${expression}"` }
      : { unknown: 'The policy has a binding for the principal, so it is newer than a few minutes' };
  }
  const names = members.map(({ one }) => one).filter((one) => /^principal(Set)?:\/\//.test(one));
  const nearest = nearestText(member, names);
  return nearest === undefined
    ? { problem: `No binding of ${ROLES[0]} has a principal of a workload identity pool` }
    : { problem: `The policy has "${nearest}", the token is "${member}". ${differenceOf(nearest, member)}` };
}
