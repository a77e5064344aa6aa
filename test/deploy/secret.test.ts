// The guide for the credential `secret` and an issuer on the user's own domain, with alarms by e-mail.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAlarms } from './alarms.ts';
import { describeCallerAddresses } from './caller-addresses.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { configureCluster, createClusterFile, createFirstPod, editClusterFile } from './follow-guide.ts';
import { deploying } from './guide.ts';
import { describeIssuerAccess } from './issuer-access.ts';
import { describeIssuerLimits, describeRotationLimits, describeWebhookLimits } from './limits.ts';
import { describeNetwork, networkActions, vpc } from './network.ts';
import { createTakenRole } from './operations.ts';
import { describeIssuerPermissions, describeScheduledFunction, describeWebhookPermissions } from './permissions.ts';
import { assumeRole, createPod, identityMark } from './pods.ts';
import { describeRemoval } from './removal.ts';
import { describeTokenRotation } from './settings.ts';

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
    const zone = 'aws route53 create-hosted-zone --name example.com --caller-reference 1 --query HostedZone.Id';
    const id = (await deployment.run(`${zone} --output text`)).trim().replace('/hostedzone/', '');
    await editClusterFile(deployment, (file) => {
      file.setIn(['clusters', 0, 'issuerHosting', 'hostedZone'], file.createNode({ id, name: 'example.com' }));
      file.setIn(['clusters', 0, 'api', 'vpc'], file.createNode(vpc));
    });

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
    expect(await createFirstPod(deployment)).toMatch(/\naws\npod "whoami" deleted/);
  });
});

it("lets a pod's SDK assume the role with a token of the issuer on the own domain", async () => {
  expect(await assumeRole(deployment, await createPod(deployment, 'buyer'))).toMatch(/^ASIA/);
});

describeTokenRotation(() => deployment, 24 * 3600);
it('reads the cluster with the new token', async () => {
  expect(identityMark(await createPod(deployment, 'after-rotation'))).toBe('aws');
});
describeAlarms(() => deployment);
describeWebhookPermissions(() => deployment, read, networkActions);
describeWebhookLimits(() => deployment, 'secret');
describeIssuerPermissions(() => deployment, read, networkActions);
describeIssuerLimits(() => deployment, 'secret');
describeIssuerAccess(() => deployment);
describeRotationLimits(() => deployment);
describeScheduledFunction("the token rotation's permissions", () => deployment, {
  functionOutput: 'TokenRotationFunctionArn',
  more: networkActions,
  needs: { [read]: { missing: read }, 'secretsmanager:PutSecretValue': { missing: 'secretsmanager:PutSecretValue' } },
});
describeCallerAddresses(() => deployment);
describeNetwork(() => deployment);

it('protects the stack, and changes the audiences, as the guide says', async () => {
  const { NextStep, IdentityProviderArn } = await deployment.outputs();
  expect(NextStep).toContain('Remove issuerHosting.terminationProtection from cwii.yaml');
  const thumbprint = (await deployment.run(deploying.commands("A provider's thumbprint"))).trim();
  await editClusterFile(deployment, (file) => {
    file.deleteIn(['clusters', 0, 'issuerHosting', 'terminationProtection']);
    const provider = { thumbprints: [thumbprint], audiences: ['sts.amazonaws.com', 'other'] };
    file.setIn(['clusters', 0, 'identityProvider'], file.createNode(provider));
  });
  await deployment.run(deploying.commands('3. Deploy the stack', 0));

  expect(await deployment.outputs()).not.toHaveProperty('NextStep');
  const get = `aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${IdentityProviderArn}`;
  expect(JSON.parse(await deployment.run(get))).toMatchObject({
    ClientIDList: ['sts.amazonaws.com', 'other'],
    ThumbprintList: [thumbprint],
  });
});

describeRemoval(() => deployment, 'AWS::Route53::RecordSet');
