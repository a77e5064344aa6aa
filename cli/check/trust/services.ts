// Services: the exchange of the token that pods get, where the service has one, and why it was refused.

import { isObject, parseJson } from '../../../lib/common/json.ts';
import type { ServiceIdentity } from '../../trust/identities.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import type { Fact } from '../context.ts';
import type { WebAnswer } from '../web-client.ts';
import { type Exchange, eachIdentity, TRUST_MS } from './each-identity.ts';
import { CLOCK_REMEDY, clockDifference, exchanges, joined, quote, undecided } from './exchange.ts';
import { KEY_REMEDY, keyProblem } from './published-keys.ts';
import { refusalIn, type ServiceRequest, serviceExchanges } from './service-exchanges.ts';
import type { Target } from './targets.ts';
import type { IssuedToken } from './tokens.ts';

export function servicesCheck(targets: Fact<readonly Target[]>): Check {
  return {
    code: 'trust-services',
    needs: ['cluster-reachable'],
    timeoutMs: TRUST_MS,
    run: (context) => eachIdentity(context, targets, 'service', exchangeToken),
  };
}

async function exchangeToken(exchange: Exchange<ServiceIdentity>): Promise<Outcome> {
  const { context, identity, token, subject, signal } = exchange;
  const { id, title, values } = identity;
  const request = serviceExchanges[id]?.(values, token.jwt) ?? `cwii knows no token exchange of ${title}`;
  if (typeof request === 'string')
    return skipped(`${request}; the receiver must accept a token with ${claimsOf(token)}`, subject);
  const url = new URL(request.url);
  const { headers, body } = request;
  const sent = await (await context.fact(exchanges)).send(url, { method: 'POST', headers, body, signal }, subject);
  if (!sent.answer) return sent.outcome;
  const { answer } = sent;
  const answered = parseJson(answer.text);
  if (isGiven(request, answer, answered)) return { ...passed(url.host), subject };
  const refusal = refusalIn(answered);
  return refusal === undefined ? undecided(answer, url.host, subject) : explain(exchange, quote(refusal), answer);
}

/** Tencent Cloud answers refusals with status 200 too. */
function isGiven({ given }: ServiceRequest, { status }: WebAnswer, body: unknown): boolean {
  const fields = isObject(body) && isObject(body['Response']) ? body['Response'] : body;
  return status >= 200 && status < 300 && isObject(fields) && fields[given] !== undefined;
}

async function explain(
  { context, identity, token, target, subject, signal }: Exchange<ServiceIdentity>,
  refusal: string,
  answer: WebAnswer,
): Promise<Outcome> {
  const { id, title, documentation } = identity;
  const { namespace, name } = target.serviceAccount;
  const fail = (cause: string, remedy: string) => failed(joined(cause, `It answers ${refusal}`), remedy, subject);
  const clock = clockDifference(token, answer);
  if (clock !== undefined) return fail(`${title} does not accept the token: ${clock}`, CLOCK_REMEDY);
  if (/signature|signing key|public key|jwks|kid\b/i.test(refusal))
    return fail(`${title} cannot verify the token: ${await keyProblem(context.web, token, signal)}`, KEY_REMEDY);
  const page = documentation === undefined ? '' : ` (${documentation})`;
  return fail(
    `${title} does not accept the token with ${claimsOf(token)}`,
    `compare its configuration${page}, letter by letter, with \`cwii trust ${namespace}/${name} --cloud ${id}\``,
  );
}

function claimsOf({ issuer, subject, audience }: IssuedToken): string {
  return `iss "${issuer}", sub "${subject}", aud "${audience}"`;
}
