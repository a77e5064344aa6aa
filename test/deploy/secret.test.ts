// The guide for the credential `secret` and an issuer on the user's own domain, with alarms by e-mail.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCallerAddresses } from './caller-addresses.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { configureCluster, createClusterFile, createFirstPod } from './follow-guide.ts';
import { deploying } from './guide.ts';
import { describeIssuerLimits, describeRotationLimits, describeWebhookLimits } from './limits.ts';
import { createTakenRole } from './operations.ts';
import { describeIssuerPermissions, describeScheduledFunction, describeWebhookPermissions } from './permissions.ts';
import { assumeRole, createPod, identityMark } from './pods.ts';

const certificate = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const read = 'secretsmanager:GetSecretValue';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.stop());

describe('the guide', () => {
  it('creates the cluster file', async () => {
    const init = deploying.commands('On your own domain').replace(/arn:aws:acm:\S+/, certificate);
    const secret = init.replace('--sts-issuer "$STS_ISSUER"', '--credential secret');
    await createClusterFile(deployment, secret, '    alarms: { email: ops@example.com }\n');

    expect(await deployment.machine.read('cwii.yaml')).toContain(certificate);
  });

  it('repeats a first deployment that failed', async () => {
    await deployment.run(`npx cdk bootstrap && ${createTakenRole('shop-checkout')}`);
    const deploy = deploying.commands('3. Deploy the stack', 0);
    const failed = await deployment.machine.attempt(deploy);
    expect(failed.code).not.toBe(0);

    await deployment.run(`aws iam delete-role --role-name shop-checkout\n${deploy}`);
    expect(await deployment.outputs()).toMatchObject({ IssuerUrl: 'https://oidc.example.com/prod' });
  });

  it('stores the first token, and configures the cluster', async () => {
    const published = await configureCluster(deployment, deploying.commands('Other credentials'));

    expect(published).toContain('"warnings": []');
    expect(await deployment.run(deploying.commands('Check the issuer'))).toBe('the same issuer and keys\n');
  });

  it('ends with a pod that has an identity', async () => {
    expect(await createFirstPod(deployment)).toMatch(/\naws\n$/);
  });
});

it("lets a pod's SDK assume the role with a token of the issuer on the own domain", async () => {
  expect(await assumeRole(deployment, await createPod(deployment, 'buyer'))).toMatch(/^ASIA/);
});

it('rotates the token, with which the functions then read the cluster', async () => {
  const { TokenSecretArn, TokenRotationFunctionArn } = await deployment.outputs();
  const token = () =>
    deployment.run(
      `aws secretsmanager get-secret-value --secret-id ${TokenSecretArn} --query SecretString --output text`,
    );
  const before = await token();
  await deployment.run(`aws lambda invoke --function-name ${TokenRotationFunctionArn} out.json`);

  expect(await token()).not.toBe(before);
  await deployment.aws.endInstances();
  expect(identityMark(await createPod(deployment, 'after-rotation'))).toBe('aws');
});

it('lets an alarm publish to the topic, which needs its permission', async () => {
  const { aws, run } = deployment;
  const sqs = (action: string, body: object) => aws.json('sqs', `AmazonSQS.${action}`, body);
  const allowed = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] });
  const { QueueUrl } = await sqs('CreateQueue', { QueueName: 'alarms', Attributes: { Policy } });
  const topic = (await run("aws sns list-topics --query 'Topics[0].TopicArn' --output text")).trim();
  await run(`aws sns subscribe --topic-arn ${topic} --protocol sqs \\
    --notification-endpoint arn:aws:sqs:eu-central-1:123456789012:alarms`);
  const names = "aws cloudwatch describe-alarms --query 'MetricAlarms[0].AlarmName' --output text";
  const notified = async () => {
    for (const state of ['OK', 'ALARM'])
      await run(`aws cloudwatch set-alarm-state --state-value ${state} --state-reason test --alarm-name "$(${names})"`);
    const received = await sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
    await sqs('PurgeQueue', { QueueUrl });
    return JSON.stringify(received).includes('NewStateValue');
  };
  expect(await notified()).toBe(true);

  const policy = await run(`aws sns get-topic-attributes --topic-arn ${topic} --query Attributes.Policy --output text`);
  const put = (text: string) =>
    run(`aws sns set-topic-attributes --topic-arn ${topic} --attribute-name Policy --attribute-value '${text.trim()}'`);
  const Statement = JSON.parse(policy).Statement.filter((one: { Sid: string }) => one.Sid !== 'AlarmsOfThisAccount');
  await put(JSON.stringify({ ...JSON.parse(policy), Statement }));
  expect(await notified()).toBe(false);
  await put(policy);
});

describeWebhookPermissions(() => deployment, read);
describeWebhookLimits(() => deployment, 'secret');
describeIssuerPermissions(() => deployment, read);
describeIssuerLimits(() => deployment, 'secret');
describeRotationLimits(() => deployment);
describeScheduledFunction("the token rotation's permissions", () => deployment, {
  functionOutput: 'TokenRotationFunctionArn',
  needs: { [read]: { missing: read }, 'secretsmanager:PutSecretValue': { missing: 'secretsmanager:PutSecretValue' } },
});
describeCallerAddresses(() => deployment);
