// Checks of the deployed function that need AWS credentials: state, settings, concurrency and token.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { functionEnvironment } from '../../../cluster-file/function-environment.ts';
import { type Setting, settings } from '../../../lib/settings/webhook-settings.ts';
import { type Check, failed, type Outcome, passed, skipped, warning } from '../check.ts';
import { requireCluster } from '../context.ts';
import {
  AWS_MS,
  configuration,
  deployedFunction,
  type FunctionConfiguration,
  ofFunction,
  readAws,
} from './deployed.ts';
import { outputOf } from './outputs.ts';

export const state: Check = {
  code: 'function-state',
  timeoutMs: AWS_MS,
  run: async (context) => {
    const found = await context.fact(configuration);
    const { arn } = await context.fact(deployedFunction);
    return found
      ? judgeState(found)
      : failed(`AWS has no function ${arn}`, 'deploy the stack again, and use its new cdk-outputs.json');
  },
};

export function judgeState(found: FunctionConfiguration): Outcome {
  const { State = 'Active', StateReason = '', LastUpdateStatus = 'Successful', LastUpdateStatusReason = '' } = found;
  const isIdle = State === 'Inactive';
  if (State !== 'Active' && !isIdle)
    return failed(`the function is ${State}: ${StateReason || 'AWS names no reason'}`, 'deploy the stack again');
  if (LastUpdateStatus !== 'Successful')
    return failed(
      `the last update of the function is ${LastUpdateStatus}: ${LastUpdateStatusReason || 'AWS names no reason'}`,
      'deploy the stack again',
    );
  return isIdle
    ? warning('the function is Inactive: nobody called it for weeks, and the next call fails', 'call it once')
    : passed();
}

export const environment: Check = {
  code: 'function-environment',
  needs: ['function-state'],
  timeoutMs: AWS_MS,
  run: async (context) => {
    const { cluster } = context;
    requireCluster(cluster);
    const found = await context.fact(configuration);
    const secret = cluster.credential.secret ? outputOf(context, 'TokenSecretArn') : undefined;
    return compareEnvironments(found?.Environment?.Variables ?? {}, functionEnvironment(cluster, secret));
  },
};

/** Variables that are equal to their default count as absent: other tools than CDK may set them. */
export function compareEnvironments(
  found: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Outcome {
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].filter((name) =>
    name.startsWith('CWII_'),
  );
  const differences = names.sort().flatMap((name) => {
    const [there, here] = [effective(name, found[name]), effective(name, wanted[name])];
    return there === here ? [] : [`${name} is ${show(name, there)}, cwii.yaml says ${show(name, here)}`];
  });
  return differences.length === 0
    ? passed()
    : failed(`the function has other settings: ${differences.join('; ')}`, 'deploy the stack, or correct cwii.yaml');
}

function effective(name: string, value: string | undefined): string | undefined {
  const defaults: Readonly<Record<string, Setting<unknown> | undefined>> = settings;
  const text = value?.replaceAll('\\n', '\n').trim();
  return text === defaults[name]?.byDefault ? undefined : text;
}

const LONGEST = 80;

function show(name: string, value: string | undefined): string {
  if (value === undefined) return 'not set';
  // A digest is not a secret, but its beginning is enough to compare it.
  if (name.endsWith('_SHA256'))
    return value
      .split(',')
      .map((digest) => `${digest.slice(0, 8)}…`)
      .join(',');
  if (name === 'CWII_KUBE_CA') return 'another certificate';
  return value.length > LONGEST ? `"${value.slice(0, LONGEST)}…"` : `"${value}"`;
}

export const concurrency: Check = {
  code: 'function-concurrency',
  needs: ['function-state'],
  timeoutMs: AWS_MS,
  run: async (context) => {
    const { arn } = await context.fact(deployedFunction);
    const args = ['lambda', 'get-function-concurrency', '--function-name', arn];
    const found = await ofFunction<{ ReservedConcurrentExecutions?: number }>(context, args);
    return judgeConcurrency(found?.ReservedConcurrentExecutions, context.cluster);
  },
};

/** The default of the construct ClusterWebhook. */
const RESERVED = 50;

export function judgeConcurrency(found: number | undefined, cluster: Pick<Cluster, 'function'> | undefined): Outcome {
  if (found === 0)
    return failed(
      'the reserved concurrency is 0, so Lambda rejects every call',
      'deploy the stack with another function.reservedConcurrency; an operator may have switched the function off',
    );
  if (!cluster) return passed(found === undefined ? 'unreserved' : String(found));
  const { reservedConcurrency = RESERVED } = cluster.function;
  const wanted = reservedConcurrency === 'unreserved' ? undefined : reservedConcurrency;
  return found === wanted
    ? passed(String(found ?? 'unreserved'))
    : warning(
        `the reserved concurrency is ${found ?? 'unreserved'}, cwii.yaml says ${wanted ?? 'unreserved'}`,
        'deploy the stack, or change function.reservedConcurrency in cwii.yaml',
      );
}

export const storedToken: Check = {
  code: 'function-token',
  timeoutMs: AWS_MS,
  run: async (context) => {
    const { secret } = context.cluster?.credential ?? {};
    if (!secret) return skipped('the functions have no stored token');
    const arn = outputOf(context, 'TokenSecretArn');
    const region = arn.split(':')[3] ?? '';
    // Not its value: the token stays where it is.
    const args = ['secretsmanager', 'describe-secret', '--secret-id', arn, '--region', region];
    const found = await readAws<SecretDescription>(context, args);
    return found
      ? judgeToken(found, secret.expirationSeconds, Date.now())
      : failed(`AWS has no secret ${arn}`, 'deploy the stack again, and use its new cdk-outputs.json');
  },
};

interface SecretDescription {
  readonly LastChangedDate?: string | number;
  readonly VersionIdsToStages?: Readonly<Record<string, readonly string[]>>;
}

/** The rotation function replaces the token when an eighth of its lifetime has passed. */
export function judgeToken(found: SecretDescription, lifetimeSeconds: number, now: number): Outcome {
  const store =
    'store a token: `kubectl create token -n cwii-system cwii-reader` and `aws secretsmanager put-secret-value` (docs/cluster-credential.md)';
  if (Object.keys(found.VersionIdsToStages ?? {}).length === 0) return failed('the secret has no token yet', store);
  const { LastChangedDate: changed = 0 } = found;
  // The AWS CLI prints seconds in its first version, and a date in its second.
  const changedAt = typeof changed === 'number' ? changed * 1000 : Date.parse(changed);
  const age = (now - changedAt) / 1000;
  const hours = (seconds: number) => `${(seconds / 3600).toFixed(1)} h`;
  const cause = `the stored token is ${hours(age)} old, of a lifetime of ${hours(lifetimeSeconds)}`;
  if (age > lifetimeSeconds)
    return failed(`${cause}: it has expired`, `${store}, and read the log of the rotation function`);
  return age > lifetimeSeconds / 2
    ? warning(`${cause}: it is not rotated`, 'read the log of the token rotation function')
    : passed(`${hours(age)} old`);
}
