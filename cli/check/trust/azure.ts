// Azure: an access token for the ServiceAccount's token, and why Entra ID refused it.

import { isObject, parseJson } from '../../../lib/common/json.ts';
import type { AzureIdentity } from '../../trust/identities.ts';
import { type Check, failed, type Outcome, passed } from '../check.ts';
import type { Fact } from '../context.ts';
import type { WebAnswer } from '../web-client.ts';
import { credentialProblem } from './azure-account.ts';
import { withAccount } from './cloud-cli.ts';
import { type Exchange, eachIdentity, TRUST_MS } from './each-identity.ts';
import { CLOCK_REMEDY, clockDifference, exchanges, joined, quote, undecided } from './exchange.ts';
import { KEY_REMEDY, keyProblem } from './published-keys.ts';
import type { Target } from './targets.ts';

/** The Resource Manager of each cloud. Every tenant has it, and a token for it needs no permission. */
const scopes: Readonly<Record<string, string>> = {
  'login.microsoftonline.us': 'https://management.usgovcloudapi.net/.default',
  'login.chinacloudapi.cn': 'https://management.chinacloudapi.cn/.default',
  'login.partner.microsoftonline.cn': 'https://management.chinacloudapi.cn/.default',
};
const PUBLIC_SCOPE = 'https://management.azure.com/.default';

export function azureCheck(targets: Fact<readonly Target[]>): Check {
  return {
    code: 'trust-azure',
    needs: ['cluster-reachable'],
    timeoutMs: TRUST_MS,
    run: (context) => eachIdentity(context, targets, 'azure', signIn),
  };
}

async function signIn(exchange: Exchange<AzureIdentity>): Promise<Outcome> {
  const { context, identity, token, subject, signal } = exchange;
  const url = new URL(`${identity.tenantId}/oauth2/v2.0/token`, identity.authorityHost);
  const body = new URLSearchParams({
    client_id: identity.clientId,
    scope: scopes[url.host] ?? PUBLIC_SCOPE,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token.jwt,
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const sent = await (await context.fact(exchanges)).send(url, { method: 'POST', headers, body, signal }, subject);
  if (!sent.answer) return sent.outcome;
  const { answer } = sent;
  if (answer.status === 200) return { ...passed(`client ${identity.clientId}, tenant ${identity.tenantId}`), subject };
  const refusal = refusalOf(answer);
  return refusal ? explain(exchange, refusal) : undecided(answer, url.host, subject);
}

interface Refusal {
  readonly code: number;
  /** Without the trace of the request. */
  readonly message: string;
  readonly answer: WebAnswer;
}

function refusalOf(answer: WebAnswer): Refusal | undefined {
  const body = parseJson(answer.text);
  const description = isObject(body) ? body['error_description'] : undefined;
  if (typeof description !== 'string') return undefined;
  const code = Number(/^AADSTS(\d+)/.exec(description)?.[1]);
  const message = description.replace(/\s*(https:\/\/\S*\s+)?Trace ID:[\s\S]*$/, '');
  return Number.isNaN(code) ? undefined : { code, message: quote(message), answer };
}

async function explain(exchange: Exchange<AzureIdentity>, { code, message, answer }: Refusal): Promise<Outcome> {
  const { context, identity, token, target, subject, signal } = exchange;
  const { namespace, name } = target.serviceAccount;
  const remedy = `run \`cwii trust ${namespace}/${name} --cloud azure\`, and apply its output; a new credential takes effect after about a minute`;
  const fail = (cause: string, todo = remedy) => failed(joined(cause, `Entra ID answers ${message}`), todo, subject);
  const client = `client ${identity.clientId}`;
  const differs = async (cause: string) =>
    failed(withAccount(cause, await credentialProblem(exchange), `Entra ID answers ${message}`), remedy, subject);
  const clock = clockDifference(token, answer);
  switch (code) {
    case 700211:
      return differs(`no federated credential of ${client} has the issuer "${token.issuer}", to the last character`);
    case 700212:
      return differs(`no federated credential of ${client} has the audience "${token.audience}"`);
    case 700213:
      return differs(`no federated credential of ${client} has the subject "${token.subject}"`);
    case 7002138:
      return differs(`a federated credential of ${client} has the subject "${token.subject}" in another case`);
    case 70021:
      return differs(
        `no federated credential of ${client} has the issuer "${token.issuer}", the subject "${token.subject}" and the audience "${token.audience}"`,
      );
    case 700016:
      return fail(
        `tenant ${identity.tenantId} has no ${client}`,
        'correct cwii.dev/az-client-id (the client ID, not the object ID), or cwii.dev/az-tenant-id',
      );
    case 90002:
    case 900023:
      return fail(
        `tenant ${identity.tenantId} does not exist at ${identity.authorityHost}`,
        'correct cwii.dev/az-tenant-id or providers.azure.defaultTenantId, or cwii.dev/az-authority-host',
      );
    case 7000215:
    case 7000222:
    case 7000218:
    case 7000112:
      return fail(
        `${client} cannot sign in with a federated credential now`,
        `check the application of ${client} in the tenant`,
      );
    case 700024:
      return fail(clock ?? 'the token is outside its valid time range', CLOCK_REMEDY);
    case 70023:
      return fail(
        `the token lives ${identity.expirationSeconds} s, longer than Entra ID accepts`,
        'set cwii.dev/az-token-expiration to 86400 or less',
      );
    case 90061:
    case 50166:
      return fail(
        `Entra ID cannot read the documents of the issuer ${token.issuer}`,
        `let the internet reach ${token.issuer}/.well-known/openid-configuration and its keys`,
      );
    case 50013:
    case 700027:
    case 5000611:
      return fail(`Entra ID cannot verify the token: ${await keyProblem(context.web, token, signal)}`, KEY_REMEDY);
    default:
      return fail(clock ?? `Entra ID does not accept the token for ${client}`);
  }
}
