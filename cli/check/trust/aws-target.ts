// AWS: the second role, which the session of the first one assumes, and why STS refused it.

import { partsOf } from '../../trust/role-arn.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import type { Fact } from '../context.ts';
import { sessionOf } from './aws.ts';
import { readRole } from './aws-account.ts';
import { withAccount } from './cloud-cli.ts';
import { eachIdentity, TRUST_MS } from './each-identity.ts';
import { type AwsExchange, assumeAtSts, type StsRefusal } from './sts.ts';
import type { Target } from './targets.ts';
import { targetPolicyProblem } from './trust-policy.ts';

export function awsTargetCheck(targets: Fact<readonly Target[]>): Check {
  return {
    code: 'trust-aws-target-role',
    needs: ['cluster-reachable'],
    timeoutMs: TRUST_MS,
    run: (context) => eachIdentity(context, targets, 'aws', assumeTarget),
  };
}

async function assumeTarget(exchange: AwsExchange): Promise<Outcome> {
  const { identity, subject } = exchange;
  const { target } = identity;
  if (!target) return skipped('no target role is requested', subject);
  const first = await sessionOf(exchange);
  if (!first.session) return skipped('it needs trust-aws', subject);
  const { roleArn, externalId } = target;
  const fields = {
    Action: 'AssumeRole',
    RoleArn: roleArn,
    ...(externalId !== undefined && { ExternalId: externalId }),
  };
  const result = await assumeAtSts(exchange, fields, first.session.credentials);
  if (result.session) return { ...passed(result.session.arn), subject };
  return result.refusal ? explain(exchange, result.refusal) : result.outcome;
}

async function explain(exchange: AwsExchange, { code, message }: StsRefusal): Promise<Outcome> {
  const { identity, subject, target: of } = exchange;
  const { roleArn = '', externalId } = identity.target ?? {};
  const { namespace, name } = of.serviceAccount;
  const answer = `AWS answers ${code}: ${message}`;
  const remedy = `run \`cwii trust ${namespace}/${name} --cloud aws\`, and apply what its output has for both roles`;
  if (code === 'RegionDisabledException')
    return failed(
      `STS of the region is not active in account ${partsOf(roleArn).account}. ${answer}`,
      'activate the region, or set cwii.dev/aws-region',
      subject,
    );
  if (code !== 'AccessDenied')
    return failed(`role ${identity.roleArn} cannot assume ${roleArn}. ${answer}`, remedy, subject);
  // AWS names the side only within one account, or if the permission is missing.
  if (/identity-based policy/.test(message))
    return failed(
      `role ${identity.roleArn} lacks the permission sts:AssumeRole for ${roleArn}. ${answer}`,
      remedy,
      subject,
    );
  const outside = externalId === undefined ? 'without an external ID' : `with the external ID "${externalId}"`;
  const cause = `role ${identity.roleArn} may not assume ${roleArn} ${outside}: it lacks the permission sts:AssumeRole, or the target does not trust it or does not exist`;
  const read = await readRole(roleArn, exchange.signal);
  const problem =
    read.role && targetPolicyProblem(read.role['AssumeRolePolicyDocument'], { roleArn: identity.roleArn, externalId });
  const account =
    read.problem ??
    (problem === undefined && read.role
      ? {
          unknown: `The trust policy of the target matches as far as cwii evaluates it, so look at the permissions of role ${partsOf(identity.roleArn).name}`,
        }
      : { problem: problem ?? '' });
  return failed(withAccount(cause, account, answer), remedy, subject);
}
