// The guide for the credential webIdentity and an issuer on CloudFront's own name.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, startDeployment } from './deployment.ts';
import { configureCluster, createClusterFile, createFirstPod } from './follow-guide.ts';
import { deploying, issuer } from './guide.ts';
import { describeIssuerAccess } from './issuer-access.ts';
import { describeIssuerLimits, describeWebhookLimits } from './limits.ts';
import { describeOperations } from './operations.ts';
import { describeIssuerPermissions, describeWebhookPermissions } from './permissions.ts';
import { assumeRole, createPod, identityMark } from './pods.ts';
import { describeRemoval } from './removal.ts';
import { describeWebhookSettings } from './settings.ts';

/** The second command in the row of the guide. */
const stateOfIssuer = `curl -s -o /dev/null -w '%{http_code}' "https://$(cut -d/ -f3 <<< "$ISSUER")/state/prod.json"`;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.stop());

describe('the guide', () => {
  it('creates the cluster file', async () => {
    const audiences = '    identityProvider: { audiences: [sts.amazonaws.com, other] }\n';
    await createClusterFile(deployment, deploying.commands('2. Create the cluster file', 1), audiences);

    expect(await deployment.machine.read('cwii.yaml')).toContain('first-deployment.cloudfront.net');
  });

  it("deploys twice, because CloudFront's name is known after the first time", async () => {
    await deployment.run(`npx cdk bootstrap && ${deploying.commands('3. Deploy the stack', 0)}`);
    expect(await deployment.outputs()).not.toHaveProperty('IssuerUrl');
    await deployment.run(deploying.commands("On CloudFront's own name", 0));

    const { IssuerUrl, IssuerDistributionDomain } = await deployment.outputs();
    expect(IssuerUrl).toBe(`https://${IssuerDistributionDomain}/prod`);
  });

  it('prints what the function answers to a stranger', async () => {
    expect(await deployment.run(deploying.commands('3. Deploy the stack', 1))).toBe('{"status":"ok"}401\n');
  });

  it('configures the cluster, and publishes its keys', async () => {
    expect(await configureCluster(deployment)).toContain('"warnings": []');

    expect(await deployment.run(deploying.commands('Check the issuer', 0))).toBe('the same issuer and keys\n');
  });

  it('checks what is served, as a cloud sees it', async () => {
    const { IssuerUrl } = await deployment.outputs();
    const check = issuer.commands('Check what is served', 0).replace(/^ISSUER=\S+/, `ISSUER=${IssuerUrl}`);
    const [document, keys = ''] = (await deployment.run(check)).split(/(?<=\})\n/);
    expect(JSON.parse(document ?? '')).toMatchObject({ issuer: IssuerUrl, same_issuer: true, same_host: true });
    const [kid] = keys.split('\t');

    expect(await deployment.run(issuer.commands('Check what is served', 1))).toBe(`true\n${kid}\n`);
    expect(await deployment.run(stateOfIssuer)).toBe('403');
  });

  it('ends with a pod that has an identity', async () => {
    expect(await createFirstPod(deployment)).toMatch(/\naws\npod "whoami" deleted/);
  });
});

it("lets a pod's SDK assume the role", async () => {
  const pod = await createPod(deployment, 'buyer');

  expect(identityMark(pod)).toBe('aws');
  expect(await assumeRole(deployment, pod)).toMatch(/^ASIA/);
});

describe('the checks that the guide names for AWS itself', () => {
  it('show that both permissions make the URL public', async () => {
    await deployment.run(deploying.commands('5. Create a pod with an identity', 1).split('\n')[0] ?? '');
    const statements = JSON.parse(await deployment.run(deploying.tableCommand('The URL is public')));

    expect(statements).toMatchObject([{ Principal: '*' }, { Principal: '*' }]);
  });

  it('show that IAM accepts the issuer and the trust policy', async () => {
    const { WorkloadRoleShopCheckoutArn = '' } = await deployment.outputs();
    const command = deploying.tableCommand('IAM accepts the issuer').replace('ROLE', WorkloadRoleShopCheckoutArn);

    expect(await deployment.run(command)).toContain('assumed-role/shop-checkout/check');
  });
});

describe('AWS refuses', () => {
  it("another ServiceAccount, by the role's trust policy", async () => {
    const { WorkloadRoleShopCheckoutArn: role } = await deployment.outputs();
    await deployment.run(`kubectl -n shop create serviceaccount stranger
      kubectl -n shop annotate serviceaccount stranger cwii.dev/aws-role-arn=${role}`);
    const pod = await createPod(deployment, 'thief', 'stranger');

    expect(await assumeRole(deployment, pod)).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity');
  });

  it.each([
    ['which the role does not trust', 'other', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'],
    ['which the identity provider does not accept', 'third', 'Incorrect token audience'],
  ])('an audience %s', async (_, audience, refusal) => {
    const pod = await createPod(deployment, `audience-${audience}`, 'checkout', { 'cwii.dev/aws-audience': audience });

    expect(await assumeRole(deployment, pod)).toContain(refusal);
  });
});

it('reads the cluster as its own user, with tokens of STS', async () => {
  const readers = (await deployment.cluster.auditEvents()).filter(({ verb }) => verb === 'get');

  expect(readers.map(({ user }) => user.username)).toContain('cwii:webhook');
});

describeWebhookPermissions(() => deployment, 'sts:GetWebIdentityToken');
describeWebhookLimits(() => deployment, 'webIdentity');
describeIssuerPermissions(() => deployment, 'sts:GetWebIdentityToken');
describeIssuerLimits(() => deployment, 'webIdentity');
describeIssuerAccess(() => deployment);
describeWebhookSettings(() => deployment);
describeOperations(() => deployment);
describeRemoval(() => deployment);
