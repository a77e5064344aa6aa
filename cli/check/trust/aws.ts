// AWS: AssumeRoleWithWebIdentity, and why STS refused it.

import { partsOf } from '../../trust/aws.ts';
import type { AwsIdentity } from '../../trust/identities.ts';
import { type Check, failed, type Outcome, passed } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import type { WebAnswer } from '../web-client.ts';
import { accountProblem } from './aws-account.ts';
import { eachIdentity, TRUST_MS } from './each-identity.ts';
import { CLOCK_REMEDY, clockDifference, exchanges, joined, quote, undecided } from './exchange.ts';
import { KEY_REMEDY, keyProblem } from './published-keys.ts';
import type { Target } from './targets.ts';
import type { IssuedToken } from './tokens.ts';

/** The region whose STS answers for the others of its partition, and the suffix of its hosts. */
const partitions: Readonly<Record<string, readonly [region: string | undefined, suffix: string]>> = {
  aws: [undefined, 'amazonaws.com'],
  'aws-cn': ['cn-north-1', 'amazonaws.com.cn'],
  'aws-us-gov': ['us-gov-west-1', 'amazonaws.com'],
  'aws-iso': ['us-iso-east-1', 'c2s.ic.gov'],
  'aws-iso-b': ['us-isob-east-1', 'sc2s.sgov.gov'],
  'aws-iso-e': ['eu-isoe-west-1', 'cloud.adc-e.uk'],
  'aws-iso-f': ['us-isof-south-1', 'csp.hci.ic.gov'],
  'aws-eusc': ['eusc-de-east-1', 'amazonaws.eu'],
};

export function awsCheck(targets: Fact<readonly Target[]>): Check {
  return {
    code: 'trust-aws',
    needs: ['cluster-reachable'],
    timeoutMs: TRUST_MS,
    run: (context) => eachIdentity(context, targets, 'aws', (one) => assumeRole({ ...one, context })),
  };
}

/** One exchange of a token for an identity. */
export interface Exchange<I> {
  readonly context: CheckContext;
  readonly target: Target;
  readonly identity: I;
  readonly token: IssuedToken;
  /** The name of the object in the report. */
  readonly subject: string;
  readonly signal: AbortSignal;
}

async function assumeRole(exchange: Exchange<AwsIdentity>): Promise<Outcome> {
  const { context, identity, token, subject, signal } = exchange;
  const { partition } = partsOf(identity.roleArn);
  const [ownRegion, suffix = 'amazonaws.com'] = partitions[partition] ?? [];
  const region = identity.region ?? ownRegion;
  const host = region === undefined ? `sts.${suffix}` : `sts.${region}.${suffix}`;
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: identity.roleArn,
    RoleSessionName: 'cwii-check',
    DurationSeconds: '900',
    WebIdentityToken: token.jwt,
  }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const sent = await (await context.fact(exchanges)).send(
    new URL(`https://${host}/`),
    { method: 'POST', headers, body, signal },
    subject,
  );
  if (!sent.answer) return sent.outcome;
  const { answer } = sent;
  if (answer.status === 200) return { ...passed(element(answer.text, 'Arn')), subject };
  const [code, message] = [element(answer.text, 'Code'), element(answer.text, 'Message')];
  if (code === undefined) return undecided(answer, host, subject);
  return explain(exchange, { code, message: quote(message ?? ''), answer });
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly answer: WebAnswer;
}

async function explain(exchange: Exchange<AwsIdentity>, { code, message, answer }: Refusal): Promise<Outcome> {
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

function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll('&apos;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
