// AWS: AssumeRoleWithWebIdentity, and why STS refused it.

import { partsOf } from '../../trust/role-arn.ts';
import { type Check, failed, type Outcome, passed } from '../check.ts';
import type { Fact } from '../context.ts';
import { accountProblem } from './aws-account.ts';
import { eachIdentity, TRUST_MS } from './each-identity.ts';
import { CLOCK_REMEDY, clockDifference, joined } from './exchange.ts';
import { KEY_REMEDY, keyProblem } from './published-keys.ts';
import { type AwsExchange, assumeAtSts, type StsRefusal, type StsResult } from './sts.ts';
import type { Target } from './targets.ts';

export function awsCheck(targets: Fact<readonly Target[]>): Check {
  return {
    code: 'trust-aws',
    needs: ['cluster-reachable'],
    timeoutMs: TRUST_MS,
    run: (context) => eachIdentity(context, targets, 'aws', assumeRole),
  };
}

/** The sessions, in memory only, which the check of the second role continues. */
const sessions: Fact<Map<string, Promise<StsResult>>> = async () => new Map();

export async function sessionOf(exchange: AwsExchange): Promise<StsResult> {
  const known = await exchange.context.fact(sessions);
  const { identity, token, subject } = exchange;
  const fields = { Action: 'AssumeRoleWithWebIdentity', RoleArn: identity.roleArn, WebIdentityToken: token.jwt };
  const result = known.get(subject) ?? assumeAtSts(exchange, fields);
  known.set(subject, result);
  return result;
}

async function assumeRole(exchange: AwsExchange): Promise<Outcome> {
  const result = await sessionOf(exchange);
  if (result.session) return { ...passed(result.session.arn), subject: exchange.subject };
  return result.refusal ? explain(exchange, result.refusal) : result.outcome;
}

async function explain(exchange: AwsExchange, { code, message, answer }: StsRefusal): Promise<Outcome> {
  const { context, identity, token, target, subject, signal } = exchange;
  const { account, name } = partsOf(identity.roleArn);
  const refused = `AWS answers ${code}: ${message}`;
  const { namespace } = target.serviceAccount;
  const remedy = `run \`cwii trust ${namespace}/${target.serviceAccount.name} --cloud aws\`, and apply its output`;
  const fail = (cause: string, todo = remedy) => failed(joined(cause, refused), todo, subject);
  const clock = clockDifference(token, answer);
  const lookUp = async () => {
    const { problem, unknown } = await accountProblem(exchange, 'provider');
    return problem ?? `${unknown}; compare the provider with the output of \`cwii trust\``;
  };
  if (
    code === 'ExpiredTokenException' ||
    (clock && code === 'InvalidIdentityToken' && /not.*valid|time/i.test(message))
  )
    return fail(clock ?? 'the token is expired', CLOCK_REMEDY);
  if (code === 'IDPCommunicationError')
    return fail(
      `AWS cannot reach the issuer ${token.issuer} in time`,
      `let the internet reach ${token.issuer}/.well-known/openid-configuration and its keys within five seconds`,
    );
  if (code === 'InvalidIdentityToken' && message.startsWith('No OpenIDConnect provider found'))
    return fail(`account ${account} has no identity provider for the issuer ${token.issuer}. ${await lookUp()}`);
  if (code === 'InvalidIdentityToken' && /audience/i.test(message))
    return fail(
      `the identity provider of account ${account} does not list the audience ${token.audience} as client ID. ${await lookUp()}`,
    );
  if (code === 'InvalidIdentityToken' && /verification key|certificate|signature/i.test(message))
    return fail(`AWS cannot verify the token: ${await keyProblem(context.web, token, signal)}`, KEY_REMEDY);
  if (code === 'AccessDenied') {
    const { problem, unknown } = await accountProblem(exchange, 'role');
    return fail(
      problem ??
        `role ${name} does not trust sub "${token.subject}", aud "${token.audience}" of ${token.issuer}, or does not exist. ${unknown}`,
    );
  }
  if (code === 'RegionDisabledException')
    return fail(
      `STS of the region is not active in account ${account}`,
      'activate the region, or set cwii.dev/aws-region',
    );
  return fail(clock ?? 'AWS does not accept the token');
}
