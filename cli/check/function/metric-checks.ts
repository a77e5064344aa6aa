// Checks that need AWS credentials: errors and throttled calls of the last hour, and alarms.

import { stackNameOf } from '../../../cluster-file/stack-names.ts';
import { METRIC_NAMESPACE } from '../../../lib/common/metrics.ts';
import { type Check, type Outcome, passed, skipped, warning } from '../check.ts';
import { type Fact, requireCluster } from '../context.ts';
import { AWS_MS, deployedFunction, ofFunction } from './deployed.ts';
import { lastErrors } from './last-errors.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A sum of the last hour. */
interface Count {
  readonly id: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** The IDs are the names of the counts below. */
function counts(functionName: string, cluster: string): readonly Count[] {
  const lambda = { namespace: 'AWS/Lambda', dimensions: { FunctionName: functionName } };
  const own = (service: string) => ({ namespace: METRIC_NAMESPACE, dimensions: { service, cluster } });
  return [
    { id: 'crashes', metric: 'Errors', ...lambda },
    { id: 'throttles', metric: 'Throttles', ...lambda },
    { id: 'failures', metric: 'Errors', ...own('webhook') },
    { id: 'readFailures', metric: 'ReadFailures', ...own('webhook') },
    { id: 'issuerFailures', metric: 'Failures', ...own('issuer') },
    { id: 'rotationFailures', metric: 'Failures', ...own('token-rotation') },
  ];
}

interface MetricData {
  readonly MetricDataResults?: readonly { readonly Id: string; readonly Values: readonly number[] }[];
}

type Sums = Readonly<Record<string, number>>;

const lastHour: Fact<Sums> = async (context) => {
  const { name } = await context.fact(deployedFunction);
  const queries = counts(name, context.cluster?.name ?? '').map(({ id, namespace, metric, dimensions }) => ({
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: 300,
      Stat: 'Sum',
    },
  }));
  const now = Date.now();
  const data = await ofFunction<MetricData>(context, [
    'cloudwatch',
    'get-metric-data',
    '--start-time',
    new Date(now - HOUR_MS).toISOString(),
    '--end-time',
    new Date(now).toISOString(),
    '--metric-data-queries',
    JSON.stringify(queries),
  ]);
  const results = data?.MetricDataResults ?? [];
  return Object.fromEntries(results.map(({ Id, Values }) => [Id, Values.reduce((sum, value) => sum + value, 0)]));
};

export const errors: Check = {
  code: 'function-errors',
  needs: ['function-state'],
  timeoutMs: AWS_MS,
  run: async (context) => {
    const end = context.limits.signalFor(AWS_MS);
    const sums = await context.fact(lastHour);
    const since = Date.now() - HOUR_MS;
    const failing = new Set(errorKinds.filter(({ id }) => (sums[id] ?? 0) > 0).map(({ output }) => output));
    const texts = await Promise.all([...failing].map((output) => lastErrors(context, { output, since, end })));
    return judgeErrors(sums, texts);
  },
};

/** Each count, its meaning, and the output with the function whose log has the texts. */
const errorKinds = [
  { id: 'crashes', what: 'calls ended without an answer', output: 'WebhookFunctionArn' },
  { id: 'failures', what: 'calls failed, and the failurePolicy decided', output: 'WebhookFunctionArn' },
  { id: 'readFailures', what: 'reads of the cluster failed', output: 'WebhookFunctionArn' },
  { id: 'issuerFailures', what: 'runs of the issuer function failed', output: 'IssuerFunctionArn' },
  { id: 'rotationFailures', what: 'rotations of the token failed', output: 'TokenRotationFunctionArn' },
] as const;

/** @param texts the last errors of each function that failed. */
export function judgeErrors(sums: Sums, texts: readonly string[]): Outcome {
  const found = errorKinds.filter(({ id }) => (sums[id] ?? 0) > 0).map(({ id, what }) => `${sums[id]} ${what}`);
  return found.length === 0
    ? passed('none in the last hour')
    : warning(
        [`in the last hour: ${found.join('; ')}`, ...texts].join('. '),
        'look up the codes with `cwii explain CODE`; `aws logs tail` has the whole log of the function',
      );
}

export const throttles: Check = {
  code: 'function-throttles',
  needs: ['function-state'],
  timeoutMs: AWS_MS,
  run: async (context) => judgeThrottles((await context.fact(lastHour))['throttles'] ?? 0),
};

export function judgeThrottles(throttled: number): Outcome {
  return throttled === 0
    ? passed('none in the last hour')
    : warning(
        `Lambda rejected ${throttled} calls in the last hour, because the concurrency was used up`,
        'raise function.reservedConcurrency in cwii.yaml, or the limit of the account, and deploy',
      );
}

interface Alarms {
  readonly MetricAlarms?: readonly {
    readonly AlarmName: string;
    readonly AlarmDescription?: string;
    readonly StateValue: string;
    readonly StateUpdatedTimestamp?: string;
  }[];
}

export const alarms: Check = {
  code: 'function-alarms',
  timeoutMs: AWS_MS,
  run: async (context) => {
    const { cluster } = context;
    requireCluster(cluster);
    const prefix = `${stackNameOf(cluster.name)}-`;
    const { MetricAlarms: all = [] } =
      (await ofFunction<Alarms>(context, ['cloudwatch', 'describe-alarms', '--alarm-name-prefix', prefix])) ?? {};
    if (all.length === 0) return skipped(`no name of an alarm begins with ${prefix}`);
    const active = all.filter(({ StateValue }) => StateValue === 'ALARM');
    if (active.length === 0) return passed(`${all.length} alarms`);
    return active.map(({ AlarmName, AlarmDescription }) =>
      warning(
        AlarmDescription ?? 'the alarm has no description',
        'follow the description of the alarm, and look at the dashboard of the stack',
        AlarmName,
      ),
    );
  },
};
