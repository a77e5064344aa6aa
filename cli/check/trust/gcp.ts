// GCP: the token exchange at the Security Token Service, the impersonation, and why Google refused them.

import { isObject, parseJson } from '../../../lib/common/json.ts';
import type { GcpIdentity } from '../../trust/identities.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import type { Fact } from '../context.ts';
import { differenceOf } from '../difference.ts';
import type { WebAnswer } from '../web-client.ts';
import { withAccount } from './cloud-cli.ts';
import { type Exchange, eachIdentity, TRUST_MS } from './each-identity.ts';
import { CLOCK_REMEDY, clockDifference, exchanges, joined, quote, undecided } from './exchange.ts';
import { bindingProblem, providerProblem } from './gcp-account.ts';
import { KEY_REMEDY, keyProblem } from './published-keys.ts';
import type { Target } from './targets.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** The shortest lifetime that `cwii.dev/gcp-token-lifetime` can have. */
const SHORTEST_SECONDS = 600;

/** The federated token, in memory only, or the outcome of the exchange. */
type Federated = { readonly outcome: Outcome; readonly accessToken?: string };

/** The exchanges, which the impersonation continues. */
const federatedTokens: Fact<Map<string, Promise<Federated>>> = async () => new Map();

export function gcpChecks(targets: Fact<readonly Target[]>): readonly Check[] {
  const common = { needs: ['cluster-reachable'], timeoutMs: TRUST_MS } as const;
  return [
    {
      code: 'trust-gcp',
      ...common,
      run: (context) => eachIdentity(context, targets, 'gcp', async (one) => (await federatedToken(one)).outcome),
    },
    {
      code: 'trust-gcp-impersonation',
      ...common,
      run: (context) => eachIdentity(context, targets, 'gcp', impersonate),
    },
  ];
}

async function federatedToken(exchange: Exchange<GcpIdentity>): Promise<Federated> {
  const known = await exchange.context.fact(federatedTokens);
  const result = known.get(exchange.subject) ?? exchangeToken(exchange);
  known.set(exchange.subject, result);
  return result;
}

async function exchangeToken(exchange: Exchange<GcpIdentity>): Promise<Federated> {
  const { context, identity, token, subject, signal } = exchange;
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: identity.provider,
    scope: SCOPE,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: token.jwt,
  }).toString();
  const url = new URL('https://sts.googleapis.com/v1/token');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const sent = await (await context.fact(exchanges)).send(url, { method: 'POST', headers, body, signal }, subject);
  if (!sent.answer) return sent;
  const { answer } = sent;
  const { access_token: accessToken, error, error_description: description } = fieldsOf(answer.text);
  if (answer.status === 200 && typeof accessToken === 'string')
    return { outcome: { ...passed(identity.provider), subject }, accessToken };
  if (typeof error !== 'string') return { outcome: undecided(answer, url.host, subject) };
  return { outcome: await explain(exchange, { error, message: quote(String(description ?? '')), answer }) };
}

interface Refusal {
  readonly error: string;
  readonly message: string;
  readonly answer: WebAnswer;
}

async function explain(exchange: Exchange<GcpIdentity>, { error, message, answer }: Refusal): Promise<Outcome> {
  const { context, identity, token, target, subject, signal } = exchange;
  const { namespace, name } = target.serviceAccount;
  const remedy = `run \`cwii trust ${namespace}/${name} --cloud gcp\`, and compare its output with the provider`;
  const fail = (cause: string, todo = remedy) =>
    failed(joined(cause, `Google answers ${error}: ${message}`), todo, subject);
  const differs = async (cause: string, todo = remedy) =>
    failed(withAccount(cause, await providerProblem(exchange), `Google answers ${error}: ${message}`), todo, subject);
  const clock = clockDifference(token, answer);
  const expected = /expected ones?: (\S+)/.exec(message)?.[1];
  if (error === 'invalid_target')
    return differs(
      `the workload identity provider ${identity.provider} does not exist, or is disabled or deleted`,
      'correct cwii.dev/gcp-audience, or create the provider with the output of `cwii trust`',
    );
  if (/attribute condition/.test(message))
    return differs(
      `the attribute condition of the provider does not accept sub "${token.subject}"`,
      'let the attribute condition of the provider accept this subject',
    );
  if (/^The audience/.test(message))
    return differs(
      `the provider does not accept the audience "${token.audience}"`,
      'add the audience to the allowed audiences of the provider, or set cwii.dev/gcp-token-audience to one of them',
    );
  if (/^The issuer/.test(message))
    return expected
      ? fail(
          `the provider has the issuer "${expected}", and the token has "${token.issuer}". ${differenceOf(token.issuer, expected)}`,
        )
      : differs(`the provider has another issuer than the token's "${token.issuer}"`);
  if (/mapped attribute google\.subject/.test(message))
    return fail(
      `the subject "${token.subject}" is too long for google.subject`,
      'shorten the name of the ServiceAccount or of its namespace, or map a shorter subject',
    );
  if (/stale/.test(message)) return fail(clock ?? 'the token is outside its valid time range', CLOCK_REMEDY);
  if (/connecting to the given credential's issuer|signature/i.test(message))
    return fail(`Google cannot verify the token: ${await keyProblem(context.web, token, signal)}`, KEY_REMEDY);
  return fail(clock ?? 'Google does not accept the token');
}

async function impersonate(exchange: Exchange<GcpIdentity>): Promise<Outcome> {
  const { context, identity, target, subject, signal } = exchange;
  const { serviceAccount } = identity;
  if (serviceAccount === undefined) return skipped('direct federation, without a service account', subject);
  const { accessToken } = await federatedToken(exchange);
  if (accessToken === undefined) return skipped('it needs trust-gcp', subject);
  const url = new URL(
    `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
  );
  const lifetime = `${identity.accessSeconds ?? SHORTEST_SECONDS}s`;
  const request = {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [SCOPE], lifetime }),
    signal,
  } as const;
  const sent = await (await context.fact(exchanges)).send(url, request, subject);
  if (!sent.answer) return sent.outcome;
  const { answer } = sent;
  if (answer.status === 200) return { ...passed(serviceAccount), subject };
  const { error } = fieldsOf(answer.text);
  if (!isObject(error)) return undecided(answer, url.host, subject);
  const message = quote(String(error['message'] ?? ''));
  const { namespace, name } = target.serviceAccount;
  const fail = (cause: string, remedy: string) =>
    failed(joined(cause, `Google answers ${error['status']}: ${message}`), remedy, subject);
  const trust = `run \`cwii trust ${namespace}/${name} --cloud gcp\`, and apply its output; a binding takes effect after a minute or two`;
  if (/lifetime/i.test(message))
    return fail(
      `a token of ${serviceAccount} cannot live ${lifetime}`,
      'lower cwii.dev/gcp-token-lifetime to 3600, or extend the limit with the organization policy that the answer names',
    );
  if (error['status'] === 'PERMISSION_DENIED' && /has not been used|is disabled/.test(message))
    return fail(
      'the IAM Service Account Credentials API is not enabled',
      'run `gcloud services enable iamcredentials.googleapis.com` in the project',
    );
  if (error['status'] === 'PERMISSION_DENIED')
    return failed(
      withAccount(
        `${principalOf(exchange)} may not impersonate ${serviceAccount}, or the service account does not exist`,
        await bindingProblem(exchange, serviceAccount),
        `Google answers ${error['status']}: ${message}`,
      ),
      trust,
      subject,
    );
  return fail(`${serviceAccount} cannot be impersonated`, trust);
}

function principalOf({ token }: Exchange<GcpIdentity>): string {
  return `the principal with the subject ${token.subject}`;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  return isObject(value) ? value : {};
}
