// `cwii trust` for a live ServiceAccount, and `cwii check serviceaccount` with credentials of the account.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serviceAccount } from '../manifests.ts';
import { azure, gcpProvider } from '../three-clouds.ts';
import { type EmulatedAccount, startEmulatedAccount } from './aws-account.ts';
import { account, issuerUrl, role, startTrustingClouds, subject, type TrustingClouds } from './trusting-clouds.ts';

const hostAndPath = issuerUrl.slice('https://'.length);
const providerArn = `arn:aws:iam::123456789012:oidc-provider/${hostAndPath}`;

let clouds: TrustingClouds;
let aws: EmulatedAccount;
beforeAll(async () => {
  clouds = await startTrustingClouds();
  aws = await startEmulatedAccount(clouds.programs);
});
afterAll(async () => {
  await aws?.stop();
  await clouds?.stop();
});

const trust = (...args: readonly string[]) => clouds.run('trust', ...args);
const policyOf = (claims: object, provider = providerArn) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: claims },
      },
    ],
  });
const rightClaims = { [`${hostAndPath}:aud`]: 'sts.amazonaws.com', [`${hostAndPath}:sub`]: subject };

describe('cwii trust for a live ServiceAccount', () => {
  it('takes the identity from its annotations, and the issuer from the cluster', async () => {
    const outputs = await Promise.all(
      ['aws', 'azure', 'gcp'].map((cloud) => trust('shop/checkout', '--cloud', cloud, '-o', 'json')),
    );

    expect(outputs.map(({ stderr }) => stderr)).toEqual(['', '', '']);
    const [forAws, forAzure, forGcp] = outputs.map(({ stdout }) => JSON.parse(stdout));
    expect(forAws).toEqual(JSON.parse(policyOf(rightClaims)));
    expect(forAzure).toMatchObject({ issuer: issuerUrl, subject, audiences: ['api://AzureADTokenExchange'] });
    expect(forGcp).toMatchObject({
      provider: { name: gcpProvider.slice('//iam.googleapis.com/'.length), oidc: { issuerUri: issuerUrl } },
      serviceAccount: `projects/my-project/serviceAccounts/${account}`,
    });
  });

  it('resolves the annotations of the namespace too', async () => {
    const annotations = { 'cwii.dev/az-client-id': azure.client, 'cwii.dev/az-audience': 'api://other' };
    await clouds.cluster.api('POST', '/api/v1/namespaces', { metadata: { name: 'pay', annotations } });
    await clouds.cluster.apply(
      JSON.stringify(serviceAccount('pay', 'bank', { 'cwii.dev/az-tenant-id': azure.tenant })),
    );
    const { stdout } = await trust('pay/bank', '--cloud', 'azure', '-o', 'json');

    expect(JSON.parse(stdout)).toMatchObject({ audiences: ['api://other'] });
  });

  it('warns about others that request the role', async () => {
    await clouds.cluster.apply(JSON.stringify(serviceAccount('shop', 'twin', { 'cwii.dev/aws-role-arn': role })));
    const alone = await trust('shop/checkout', '--cloud', 'aws');
    const both = await trust('shop/checkout', 'shop/twin', '--cloud', 'aws');
    await clouds.cluster.kubectl(['delete', 'serviceaccount', 'twin', '-n', 'shop']);

    expect(alone.stderr).toContain(`warning: ServiceAccount shop/twin also requests ${role}`);
    expect(alone.status).toBe(0);
    expect(both.stderr).toBe('');
  });

  it('does not mix two identities in one trust', async () => {
    const other = { 'cwii.dev/aws-role-arn': `${role}-other` };
    await clouds.cluster.apply(JSON.stringify(serviceAccount('shop', 'worker', other)));
    const { status, stderr } = await trust('shop/checkout', 'shop/worker', '--cloud', 'aws');

    expect(stderr).toContain(`one trust has one identity, but shop/checkout requests ${role}`);
    expect(stderr).toContain('choose the identity with --role [trust-input-invalid]');
    expect(status).toBe(1);
  });

  it.each([
    ['shop/default', 'aws', 'no annotation of ServiceAccount shop/default or its namespace names the identity'],
    ['shop/default', 'awss', 'or its namespace names the identity; did you mean --cloud aws? [trust-input-invalid]'],
    ['shop/nobody', 'aws', 'ServiceAccount shop/nobody does not exist in the cluster'],
  ])('of %s at %s fails', async (name, cloud, message) => {
    const { status, stderr } = await trust(name, '--cloud', cloud);

    expect(stderr).toContain(message);
    expect(status).toBe(1);
  });
});

describe('with credentials of the account', () => {
  beforeEach(async () => {
    await aws.sh(
      `aws iam delete-role --role-name shop-checkout; for arn in $(aws iam list-open-id-connect-providers --query 'OpenIDConnectProviderList[].Arn' --output text); do aws iam delete-open-id-connect-provider --open-id-connect-provider-arn $arn; done`,
    );
  });
  const createRole = (policy: string) =>
    aws.aws('iam', 'create-role', '--role-name', 'shop-checkout', '--assume-role-policy-document', policy);
  const createProvider = (url: string, clientId: string) =>
    aws.aws('iam', 'create-open-id-connect-provider', '--url', url, '--client-id-list', clientId);

  /** The cause with which trust-aws fails if STS refuses for this reason. */
  const causeOf = async (reason: 'role' | 'issuer' | 'client ID') => {
    const report = await clouds.with(
      ({ aws: known }) => ({
        aws: {
          ...known,
          ...(reason === 'role' && { roles: {} }),
          ...(reason === 'issuer' && { issuer: 'https://oidc.example.com/other' }),
          ...(reason === 'client ID' && { clientIds: ['vault'] }),
        },
      }),
      () => clouds.report('shop/checkout', '--only', 'trust-aws'),
    );
    return report.categories.flatMap(({ checks }) => checks).find(({ code }) => code === 'trust-aws')?.cause;
  };

  const policies: Readonly<Record<string, readonly [policy: string, cause: string]>> = {
    'another letter in sub': [
      policyOf({ ...rightClaims, [`${hostAndPath}:sub`]: 'system:serviceaccount:shop:chekout' }),
      `The trust policy has sub "system:serviceaccount:shop:chekout" (StringEquals), and the token has "${subject}". They differ from character 31: "kout" and "ckout".`,
    ],
    'another case in sub': [
      policyOf({ ...rightClaims, [`${hostAndPath}:sub`]: 'system:serviceaccount:Shop:checkout' }),
      'They differ only in upper and lower case, from character 23: "S" and "s".',
    ],
    'another audience': [
      policyOf({ ...rightClaims, [`${hostAndPath}:aud`]: 'sts.amazonaws.com/' }),
      'They differ only in the slash at the end.',
    ],
    'a condition key of another issuer': [
      policyOf({ [`${hostAndPath}/:sub`]: subject }),
      `The trust policy has the condition key "${hostAndPath}/:sub"`,
    ],
    'the provider of another issuer': [
      policyOf(rightClaims, 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/my-clustr'),
      'The trust policy has the identity provider "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/my-clustr", and the issuer',
    ],
    'no difference': [policyOf(rightClaims), 'The trust policy matches the token as far as cwii evaluates it'],
  };
  it.each(Object.entries(policies))('a refusal names %s', async (_, [policy, cause]) => {
    await createRole(policy);

    expect(await causeOf('role')).toContain(cause);
  });

  it('a refusal names a role that does not exist', async () => {
    expect(await causeOf('role')).toContain('Role shop-checkout does not exist in account 123456789012');
  });

  it('a refusal names the provider that is most similar', async () => {
    await createProvider('https://oidc.example.com/my-cluster2', 'sts.amazonaws.com');

    expect(await causeOf('issuer')).toContain(
      'The account has one for "oidc.example.com/my-cluster2". They differ from character 28: "2" and the end.',
    );
  });

  it('a refusal names the client IDs of the provider', async () => {
    await createProvider(issuerUrl, 'sts.amazonaws.comm');

    expect(await causeOf('client ID')).toContain(
      'Its client IDs are "sts.amazonaws.comm"; the token has "sts.amazonaws.com"',
    );
  });

  it('another account is not read', async () => {
    await clouds.annotate({ 'cwii.dev/aws-role-arn': role.replace('123456789012', '999999999999') });
    const cause = await causeOf('role');
    await clouds.annotate({ 'cwii.dev/aws-role-arn': role });

    expect(cause).toContain('The account was not read: the AWS CLI has credentials of account 123456789012');
  });

  it('the commands of cwii trust correct the role, also a second time', async () => {
    await createRole(policyOf({ [`${hostAndPath}:sub`]: 'system:serviceaccount:shop:chekout' }));
    const { stdout } = await trust('shop/checkout', '--cloud', 'aws');
    const [first, second] = [await aws.sh(stdout), await aws.sh(stdout)];

    expect([first, second]).toMatchObject([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect(await aws.aws('iam', 'get-role', '--role-name', 'shop-checkout')).toMatchObject({
      Role: { AssumeRolePolicyDocument: JSON.parse(policyOf(rightClaims)) },
    });
    expect(
      await aws.aws('iam', 'get-open-id-connect-provider', '--open-id-connect-provider-arn', providerArn),
    ).toMatchObject({ Url: hostAndPath, ClientIDList: ['sts.amazonaws.com'] });
  });

  it('the commands of cwii trust stop with credentials of another account', async () => {
    const { stdout } = await trust('shop/checkout', '--cloud', 'aws', '--role', 'arn:aws:iam::999999999999:role/shop');
    const { code, stderr } = await aws.sh(stdout);

    expect(stderr).toContain('these are credentials of account 123456789012; the role is in account 999999999999');
    expect(code).toBe(1);
  });
});
