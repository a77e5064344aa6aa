// `cwii check` with AWS credentials, on an emulated account with the deployed function.

import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClusterFile } from '../../../cluster-file/cluster-file.ts';
import { functionEnvironment } from '../../../cluster-file/function-environment.ts';
import { emulatedAwsPackages } from '../../../testing/python.ts';
import { webhookFunction } from '../manifests-in-use.ts';
import { type EmulatedAccount, startEmulatedAccount } from './aws-account.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

const region = 'eu-central-1';
const name = webhookFunction.functionArn.split(':').at(-1) ?? '';

let healthy: HealthyCluster;
let account: EmulatedAccount;
let outputs: Record<string, string>;
beforeAll(async () => {
  healthy = await startHealthyCluster();
  account = await startEmulatedAccount(healthy.folder, emulatedAwsPackages);
  const file = join(healthy.folder, 'cdk-outputs.json');
  const { ARN } = (await aws('secretsmanager', 'create-secret', '--name', 'token')) as { ARN: string };
  const stacks = JSON.parse(await readFile(file, 'utf8')) as Record<string, Record<string, string>>;
  outputs = { ...stacks['cwii-test'], TokenSecretArn: ARN };
  await writeFile(file, JSON.stringify({ 'cwii-test': outputs }));
  const [cluster] = readClusterFile(join(healthy.folder, 'cwii.yaml')).clusters;
  if (!cluster) throw new Error('cwii.yaml has no cluster');
  await deployFunction(functionEnvironment(cluster, ARN));
  await reserve(50);
  await aws('secretsmanager', 'put-secret-value', '--secret-id', ARN, '--secret-string', 'a-token-of-a-test');
  for (const alarm of ['Errors', 'Denials'])
    await aws(
      ...['cloudwatch', 'put-metric-alarm', '--alarm-name', `cwii-test-Monitoring${alarm}`],
      ...['--namespace', 'cwii', '--metric-name', alarm, '--statistic', 'Sum', '--period', '300'],
      ...['--evaluation-periods', '1', '--threshold', '0', '--comparison-operator', 'GreaterThanThreshold'],
      ...['--alarm-description', `Many ${alarm}. Look at the log.`],
    );
  await alarm('Errors', 'OK');
  await alarm('Denials', 'OK');
  const path = [healthy.folder, dirname(process.execPath), healthy.cluster.kubectlFolder].join(delimiter);
  Object.assign(healthy.env, credentials, { PATH: path });
});
afterAll(async () => {
  await account?.stop();
  await healthy?.stop();
});

/** For `cwii check`; the program `aws` of the test finds its own. */
const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const aws = (...args: readonly string[]) => account.aws(...args, '--region', region);

/** Creates the function with a published version and the alias `live`. */
async function deployFunction(environment: Readonly<Record<string, string>>): Promise<void> {
  const zip = join(healthy.folder, 'function.zip');
  await writeFile(zip, zipSync({ 'index.mjs': new TextEncoder().encode('export const handler = () => {};') }));
  const { roleArn } = webhookFunction;
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  const roleName = roleArn.split('/').at(-1) ?? '';
  await aws('iam', 'create-role', '--role-name', roleName, '--assume-role-policy-document', trust);
  const code = ['--zip-file', `fileb://${zip}`, '--runtime', 'nodejs24.x', '--handler', 'index.handler'];
  const settings = ['--environment', JSON.stringify({ Variables: environment }), '--publish'];
  await aws('lambda', 'create-function', '--function-name', name, '--role', roleArn, ...code, ...settings);
  await aws('lambda', 'create-alias', '--function-name', name, '--name', 'live', '--function-version', '1');
}

const reserve = (number: number) =>
  aws(
    ...['lambda', 'put-function-concurrency', '--function-name', name],
    ...['--reserved-concurrent-executions', String(number)],
  );
const alarm = (which: string, state: string) =>
  aws(
    ...['cloudwatch', 'set-alarm-state', '--alarm-name', `cwii-test-Monitoring${which}`],
    ...['--state-value', state, '--state-reason', 'test'],
  );
const count = (namespace: string, metric: string, dimensions: string, value: number) =>
  aws(
    ...['cloudwatch', 'put-metric-data', '--namespace', namespace, '--metric-name', metric],
    ...[
      '--dimensions',
      dimensions,
      '--value',
      String(value),
      '--timestamp',
      new Date(Date.now() - 60_000).toISOString(),
    ],
  );

const stream = ['--log-group-name', `/aws/lambda/${name}`, '--log-stream-name', 'test'];

async function createLog(): Promise<void> {
  await aws('logs', 'create-log-group', '--log-group-name', `/aws/lambda/${name}`);
  await aws('logs', 'create-log-stream', ...stream);
}

/** Writes lines of the function into its log group, as Lambda does. The first one is the newest. */
async function log(entries: readonly object[], secondsBetween = 0): Promise<void> {
  const newest = Date.now() - 60_000;
  const events = entries.map((entry, index) => ({
    timestamp: newest - index * secondsBetween * 1000,
    message: JSON.stringify(entry),
  }));
  await aws('logs', 'put-log-events', ...stream, '--log-events', JSON.stringify(events.toReversed()));
}

const only = ['--only', 'function'];
const problems = async () => problemsIn(await healthy.report(...only));

describe('the deployed function', () => {
  it('is as cwii.yaml says: every check passes', async () => {
    const report = await healthy.report(...only);
    const lines = report.categories.flatMap(({ checks }) => checks);
    const passed = lines.filter(({ result }) => result === 'passed').map(({ code }) => code);

    expect(problemsIn(report)).toEqual([]);
    expect(passed).toEqual(
      expect.arrayContaining([
        'function-state',
        'function-environment',
        'function-concurrency',
        'function-token',
        'function-errors',
        'function-throttles',
        'function-alarms',
      ]),
    );
    expect(JSON.stringify(report)).not.toContain('a-token-of-a-test');
  });

  it('has other settings than cwii.yaml', async () => {
    const undo = await healthy.editClusterFile((entry) => {
      entry['settings'] = { ...(entry['settings'] as object), onInvalid: 'warn' };
    });
    const found = await problems();
    await undo();

    expect(found).toEqual([
      'failed function-environment: the function has other settings: CWII_ON_INVALID is not set, cwii.yaml says "warn"',
    ]);
  });

  it('is switched off', async () => {
    await reserve(0);
    const found = await problems();
    await reserve(50);

    expect(found).toEqual(['failed function-concurrency: the reserved concurrency is 0, so Lambda rejects every call']);
  });

  it('has another concurrency', async () => {
    await reserve(7);
    const found = await problems();
    await reserve(50);

    expect(found).toEqual(['warning function-concurrency: the reserved concurrency is 7, cwii.yaml says 50']);
  });

  it('has an active alarm', async () => {
    await alarm('Errors', 'ALARM');
    const found = await problems();
    await alarm('Errors', 'OK');

    expect(found).toEqual(['warning function-alarms cwii-test-MonitoringErrors: Many Errors. Look at the log.']);
  });

  it('does not exist, so that nothing else about it is checked', async () => {
    const file = join(healthy.folder, 'cdk-outputs.json');
    const before = await readFile(file, 'utf8');
    const elsewhere = outputs['WebhookFunctionArn']?.replace(name, 'no-such-function');
    await writeFile(file, JSON.stringify({ 'cwii-test': { ...outputs, WebhookFunctionArn: elsewhere } }));
    const found = await problems();
    await writeFile(file, before);

    expect(found).toEqual([
      `failed function-state: AWS has no function arn:aws:lambda:${region}:123456789012:function:no-such-function`,
    ]);
  });

  it('reports errors whose log cannot be read', async () => {
    await count('cwii', 'Failures', 'service=issuer,cluster=test', 2);

    expect(await problems()).toEqual([
      expect.stringMatching(
        /^warning function-errors: in the last hour: 2 runs of the issuer function failed\. AWS has no log group \/aws\/lambda\//,
      ),
    ]);
  });

  it('reports errors and throttled calls', async () => {
    await count('AWS/Lambda', 'Throttles', `FunctionName=${name}`, 4);
    await count('cwii', 'ReadFailures', 'service=webhook,cluster=test', 3);
    const error = 'ClusterReadError: connect ECONNREFUSED';
    await createLog();
    await log([
      { level: 'info', outcome: 'admitted' },
      { level: 'error', outcome: 'failed', code: 'cluster-unreachable', error, pod: 'shop/a-name' },
      { level: 'error', outcome: 'failed', code: 'cluster-unreachable', error, pod: 'shop/another' },
    ]);

    expect(await problems()).toEqual([
      expect.stringMatching(
        /^warning function-errors: in the last hour: 3 reads of the cluster failed; 2 runs of the issuer function failed\. last errors: cluster-unreachable: ClusterReadError: connect ECONNREFUSED \(2 times, last at 20[\dT:.-]+Z\)\. AWS has no log group /,
      ),
      'warning function-throttles: Lambda rejected 4 calls in the last hour, because the concurrency was used up',
    ]);
  });

  it('reports the newest errors of a function that fails at each call', async () => {
    const newest = { level: 'error', code: 'cluster-forbidden' };
    await log([newest, newest, ...Array.from({ length: 700 }, () => ({ level: 'error', code: 'cluster-timeout' }))], 4);

    const [found] = await problems();
    expect(found).toMatch(
      / last errors \(more than 500 entries; since 20[\dT:.-]+Z\): .*cluster-forbidden \(2 times, /,
    );
  });
});

describe('AWS', () => {
  const cause = async (changes: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    Object.assign(healthy.env, changes);
    const { categories } = await healthy.report('--only', 'function-state', ...args);
    for (const variable of Object.keys(changes)) delete healthy.env[variable];
    return categories[0]?.checks[0];
  };

  it('is not called with --no-network', async () => {
    expect(await cause({}, '--no-network')).toMatchObject({ result: 'skipped', cause: '--no-network' });
  });

  it('cannot be reached', async () => {
    expect(await cause({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).toMatchObject({
      result: 'skipped',
      cause: expect.stringContaining('aws lambda get-function-configuration: Could not connect to the endpoint URL'),
    });
  });

  it('has no credentials of the profile', async () => {
    expect(await cause({ AWS_PROFILE: 'nobody' })).toMatchObject({
      result: 'skipped',
      cause: expect.stringContaining('The config profile (nobody) could not be found'),
    });
  });
});
