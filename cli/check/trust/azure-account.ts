// Reads the federated credentials of a client with the Azure CLI, and names the difference to the token.

import { editDistance } from '../../../lib/common/edit-distance.ts';
import { fieldOf, isObject, isString } from '../../../lib/common/json.ts';
import type { AzureIdentity } from '../../trust/identities.ts';
import { differenceOf } from '../difference.ts';
import { type AccountProblem, type Read, readCloud } from './cloud-cli.ts';
import type { Exchange } from './each-identity.ts';
import { nearestText } from './nearest-text.ts';
import type { IssuedToken } from './tokens.ts';

/** As Microsoft Graph and the Resource Manager return it; both have these fields. */
interface FederatedCredential {
  readonly name?: string;
  readonly issuer?: string;
  /** Null if an expression matches claims instead. */
  readonly subject?: string | null;
  readonly audiences?: readonly string[];
}

export async function credentialProblem({
  identity: { clientId, tenantId },
  token,
  signal,
}: Exchange<AzureIdentity>): Promise<AccountProblem> {
  const notRead = (why: string): AccountProblem => ({ unknown: `The federated credentials were not read: ${why}` });
  const login = await readCloud('az', ['account', 'show'], signal);
  if (login.error !== undefined) return notRead(login.error);
  const tenant = fieldOf(login.value, 'tenantId');
  if (tenant !== tenantId) return notRead(`the Azure CLI is logged in to tenant ${tenant}`);
  const principal = await readCloud('az', ['ad', 'sp', 'show', '--id', clientId], signal);
  if (principal.error !== undefined) return notRead(principal.error);
  const listed = await readCloud('az', listCommand(clientId, principal), signal);
  if (listed.error !== undefined) return notRead(listed.error);
  const credentials = Array.isArray(listed.value) ? listed.value.filter(isObject) : [];
  return compareCredentials(credentials, token);
}

/** A managed identity is a resource, which one of the names of its service principal is the ID of. */
function listCommand(clientId: string, { value }: Read): readonly string[] {
  const names = fieldOf(value, 'alternativeNames');
  const id = (Array.isArray(names) ? names : []).find((name) => isString(name) && RESOURCE_ID.test(name));
  const [, subscription, group, name] = RESOURCE_ID.exec(String(id)) ?? [];
  if (subscription === undefined || group === undefined || name === undefined)
    return ['ad', 'app', 'federated-credential', 'list', '--id', clientId];
  const place = ['--identity-name', name, '--resource-group', group, '--subscription', subscription];
  return ['identity', 'federated-credential', 'list', ...place];
}

const RESOURCE_ID =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/([^/]+)$/i;

type Claims = Pick<IssuedToken, 'issuer' | 'subject' | 'audience'>;

/** Entra ID compares all three byte by byte. */
export function compareCredentials(credentials: readonly FederatedCredential[], token: Claims): AccountProblem {
  if (credentials.length === 0) return { problem: 'The client has no federated credential' };
  const compared = credentials.map((credential) => ({ credential, differences: differencesOf(credential, token) }));
  const [closest] = compared.sort((one, other) => weightOf(one.differences) - weightOf(other.differences));
  const name = closest?.credential.name;
  if (!closest || closest.differences.length === 0)
    return { unknown: `The federated credential "${name}" matches the token, so it is newer than a minute` };
  const texts = closest.differences.map(
    ({ claim, found, wanted }) => `${claim} "${found}", the token has "${wanted}". ${differenceOf(found, wanted)}`,
  );
  return { problem: `The federated credential "${name}" has ${texts.join(' It has ')}` };
}

interface Difference {
  readonly claim: 'issuer' | 'subject' | 'audience';
  readonly found: string;
  readonly wanted: string;
}

function differencesOf({ issuer = '', subject, audiences = [] }: FederatedCredential, token: Claims): Difference[] {
  const audience = audiences.includes(token.audience) ? token.audience : (nearestText(token.audience, audiences) ?? '');
  const all: readonly Difference[] = [
    { claim: 'issuer', found: issuer, wanted: token.issuer },
    // An expression is not evaluated here, and does not count as a difference.
    { claim: 'subject', found: subject ?? token.subject, wanted: token.subject },
    { claim: 'audience', found: audience, wanted: token.audience },
  ];
  return all.filter(({ found, wanted }) => found !== wanted);
}

/** Fewer claims first, then fewer characters. */
function weightOf(differences: readonly Difference[]): number {
  const edits = differences.map(({ found, wanted }) => Math.min(editDistance(found, wanted), 999));
  return differences.length * 10_000 + edits.reduce((sum, one) => sum + one, 0);
}
