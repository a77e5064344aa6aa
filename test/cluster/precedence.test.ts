// The precedence of scopes on a real cluster: pod > owning workload > ServiceAccount > namespace.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Annotations, roleAnnotation, roleArn, serviceAccount, withoutRegion, workload } from './manifests.ts';
import { containerOf, envOf, roleOf, type StoredPod, tokenDirectory, volumeAt } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const scopes = ['pod', 'owner', 'serviceaccount', 'namespace'] as const;
type ByScope = Readonly<Partial<Record<(typeof scopes)[number], Annotations>>>;

const pairs = scopes.flatMap((specific, place) => scopes.slice(place + 1).map((broad) => [specific, broad] as const));

describe('the webhook', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.addWebhook();
  });
  afterAll(() => cluster?.stop());

  it.each(scopes)('takes a role from the %s alone', async (scope) => {
    const pod = await podOfDeployment(`only-${scope}`, { [scope]: roleAnnotation(scope) });
    expect(roleOf(pod)).toBe(roleArn(scope));
    expect(pod.metadata.annotations?.['cwii.dev/injected']).toBe('aws');
  });

  it.each(pairs)('prefers the %s to the %s', async (specific, broad) => {
    const pod = await podOfDeployment(`${specific}-over-${broad}`, {
      [specific]: roleAnnotation(specific),
      [broad]: roleAnnotation(broad),
    });
    expect(roleOf(pod)).toBe(roleArn(specific));
  });

  it('resolves every key separately', async () => {
    const pod = await podOfDeployment('each-key', {
      pod: { 'cwii.dev/aws-role-session-name': 'from-pod' },
      owner: { 'cwii.dev/aws-region': 'eu-west-1', 'cwii.dev/aws-role-session-name': 'from-owner' },
      serviceaccount: { ...roleAnnotation('serviceaccount'), 'cwii.dev/aws-region': 'eu-west-2' },
      namespace: { ...roleAnnotation('namespace'), 'cwii.dev/aws-audience': 'audience-of-namespace' },
    });
    expect(envOf(pod)).toEqual({
      AWS_ROLE_ARN: roleArn('serviceaccount'),
      AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenDirectory}/token`,
      AWS_REGION: 'eu-west-1',
      AWS_ROLE_SESSION_NAME: 'from-pod',
    });
    const token = volumeAt(pod, tokenDirectory)?.projected?.sources[0]?.serviceAccountToken;
    expect(token?.audience).toBe('audience-of-namespace');
  });

  it.each(pairs)('prefers "false" on the %s to "true" on the %s', async (specific, broad) => {
    const pod = await podOfDeployment(`false-on-${specific}-over-${broad}`, {
      [specific]: { 'cwii.dev/aws-inject': 'false' },
      [broad]: { ...roleAnnotation(broad), 'cwii.dev/aws-inject': 'true' },
    });
    expect(roleOf(pod)).toBeUndefined();
    expect(pod.metadata.annotations?.['cwii.dev/injected']).toBeUndefined();
  });

  it('prefers "true" on the owner to "false" on the namespace', async () => {
    const pod = await podOfDeployment('true-over-false', {
      owner: { 'cwii.dev/aws-inject': 'true' },
      serviceaccount: roleAnnotation('serviceaccount'),
      namespace: { 'cwii.dev/aws-inject': 'false' },
    });
    expect(roleOf(pod)).toBe(roleArn('serviceaccount'));
  });

  it('adds no verifier if the pod says "false" and the namespace "true"', async () => {
    const pod = await podOfDeployment('verify-false', {
      pod: { 'cwii.dev/aws-verify': 'false' },
      namespace: { ...roleAnnotation('namespace'), 'cwii.dev/aws-verify': 'true' },
    });
    expect(roleOf(pod)).toBe(roleArn('namespace'));
    expect(() => containerOf(pod, 'cwii-aws-verify')).toThrow('no container');
  });

  it('prefers a Job to its CronJob for every key', async () => {
    await cluster.addNamespace('job-over-cronjob');
    await cluster.create(
      workload('CronJob', 'job-over-cronjob', 'nightly', {
        annotations: { ...roleAnnotation('cronjob'), 'cwii.dev/aws-region': 'eu-west-1' },
        jobAnnotations: roleAnnotation('job'),
        pod: withoutRegion,
      }),
    );
    const fromCronJob = ['create', 'job', 'nightly-1', '--from=cronjob/nightly'];
    expect((await cluster.kubectl(['-n', 'job-over-cronjob', ...fromCronJob])).stderr).toBe('');
    const pod = await cluster.podIn('job-over-cronjob');
    expect(envOf(pod)).toMatchObject({ AWS_ROLE_ARN: roleArn('job'), AWS_REGION: 'eu-west-1' });
  });

  async function podOfDeployment(namespace: string, annotations: ByScope): Promise<StoredPod> {
    await cluster.addNamespace(namespace, { annotations: annotations.namespace ?? {} });
    await cluster.create(serviceAccount(namespace, 'my-app', annotations.serviceaccount));
    await cluster.create(
      workload('Deployment', namespace, 'web', {
        annotations: annotations.owner ?? {},
        pod: { annotations: annotations.pod ?? {}, serviceAccountName: 'my-app', ...withoutRegion },
      }),
    );
    return cluster.podIn(namespace);
  }
});
