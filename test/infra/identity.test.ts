// Tests for the trust between IAM and a cluster's ServiceAccounts, as in the guide's trust policies.

import { Duration, Lazy } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ManagedPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { ClusterIdentityProvider, type TrustedPods, WorkloadRole } from '../../infra/index.ts';
import { Synthesized, synthError } from './synth.ts';

const issuer = 'https://oidc.example.com/my-cluster';
const env = { account: '123456789012', region: 'eu-central-1' };
const arn = 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/my-cluster';

/** The trust policy of a role for these pods, with the ARN that the identity provider has in the account. */
function trustOf(pods: TrustedPods) {
  const synthesized = new Synthesized(
    (stack) => {
      const identityProvider = ClusterIdentityProvider.fromIssuer(stack, issuer);
      new WorkloadRole(stack, 'Role', { identityProvider, pods });
    },
    { env },
  );
  const policy = synthesized.one('IAM::Role').AssumeRolePolicyDocument;
  return JSON.parse(
    JSON.stringify(policy).replaceAll(
      '{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::123456789012:oidc-provider/oidc.example.com/my-cluster"]]}',
      JSON.stringify(arn),
    ),
  );
}

describe('a role that pulls images', () => {
  it('may pull one repository and get a login, and nothing else', () => {
    const synthesized = new Synthesized(
      (stack) => {
        const identityProvider = ClusterIdentityProvider.fromIssuer(stack, issuer);
        const role = new WorkloadRole(stack, 'Role', {
          identityProvider,
          pods: { namespace: 'shop', serviceAccount: 'checkout' },
        });
        for (const name of ['shop/checkout', 'shop/base'])
          role.grantPull(Repository.fromRepositoryName(stack, name, name));
      },
      { env },
    );

    const { Statement: statements } = synthesized.one('IAM::Policy').PolicyDocument;

    const pull = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
    const text = JSON.stringify(statements);
    expect(text).toContain('repository/shop/checkout');
    expect(text).toContain('repository/shop/base');
    expect(statements).toEqual([
      expect.objectContaining({ Action: pull, Effect: 'Allow' }),
      { Action: 'ecr:GetAuthorizationToken', Effect: 'Allow', Resource: '*' },
      expect.objectContaining({ Action: pull, Effect: 'Allow' }),
    ]);
  });
});

describe('a role for pods', () => {
  it('trusts one ServiceAccount with the guide’s trust policy', () => {
    expect(trustOf({ namespace: 'default', serviceAccount: 'my-app' })).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: arn },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: {
              'oidc.example.com/my-cluster:aud': 'sts.amazonaws.com',
              'oidc.example.com/my-cluster:sub': 'system:serviceaccount:default:my-app',
            },
          },
        },
      ],
    });
  });

  it('trusts all ServiceAccounts of a namespace with the guide’s second trust policy', () => {
    expect(trustOf({ namespace: 'default', allServiceAccounts: true })).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: arn },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: { 'oidc.example.com/my-cluster:aud': 'sts.amazonaws.com' },
            StringLike: { 'oidc.example.com/my-cluster:sub': 'system:serviceaccount:default:*' },
          },
        },
      ],
    });
  });

  it('trusts several ServiceAccounts, and has a path and inline policies', () => {
    const synthesized = new Synthesized((stack) => {
      const identityProvider = ClusterIdentityProvider.fromIssuer(stack, issuer);
      const read = new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::receipts/*'] });
      new WorkloadRole(stack, 'Role', {
        identityProvider,
        pods: [
          { namespace: 'shop', serviceAccount: 'checkout' },
          { namespace: 'shop', serviceAccount: 'refund' },
        ],
        path: '/shop/',
        inlinePolicies: { receipts: new PolicyDocument({ statements: [read] }) },
      });
    });
    const role = synthesized.one('IAM::Role');
    const [{ Condition }] = role.AssumeRolePolicyDocument.Statement;
    expect(Condition.StringEquals['oidc.example.com/my-cluster:sub']).toEqual([
      'system:serviceaccount:shop:checkout',
      'system:serviceaccount:shop:refund',
    ]);
    expect(role.Path).toBe('/shop/');
    expect(role.Policies).toEqual([
      {
        PolicyName: 'receipts',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::receipts/*' }],
        },
      },
    ]);
  });

  it('has a configurable name, description, policies, boundary and duration', () => {
    const synthesized = new Synthesized((stack) => {
      const identityProvider = ClusterIdentityProvider.fromIssuer(stack, issuer);
      const readOnly = ManagedPolicy.fromAwsManagedPolicyName('AmazonS3ReadOnlyAccess');
      new WorkloadRole(stack, 'Role', {
        identityProvider,
        pods: { namespace: 'default', serviceAccount: 'my-app' },
        audience: 'vault',
        roleName: 'cwii-my-app',
        description: 'chosen',
        managedPolicies: [readOnly],
        permissionsBoundary: readOnly,
        maxSessionDuration: Duration.hours(2),
      });
    });
    expect(synthesized.one('IAM::Role')).toMatchObject({
      RoleName: 'cwii-my-app',
      Description: 'chosen',
      ManagedPolicyArns: [{}],
      PermissionsBoundary: {},
      MaxSessionDuration: 7200,
    });
  });

  it.each([
    ['namespace-invalid', { namespace: '*', serviceAccount: 'my-app' }],
    ['namespace-invalid', { namespace: 'default:my-app', allServiceAccounts: true }],
    ['namespace-invalid', { namespace: 'n'.repeat(64), serviceAccount: 'my-app' }],
    ['service-account-invalid', { namespace: 'default', serviceAccount: '*' }],
    ['service-account-invalid', { namespace: 'default', serviceAccount: 'my-?' }],
    ['service-account-invalid', { namespace: 'default', serviceAccount: '' }],
  ] as const)('is rejected with %s for pods of %j', (code, pods) => {
    const error = synthError((scope) => {
      const identityProvider = ClusterIdentityProvider.fromIssuer(scope, issuer);
      new WorkloadRole(scope, 'Role', { identityProvider, pods });
    });
    expect(error.code).toBe(code);
  });

  it('is rejected for an audience that the identity provider does not accept', () => {
    const error = synthError((scope) => {
      const identityProvider = new ClusterIdentityProvider(scope, 'Provider', { issuer });
      const pods = { namespace: 'default', serviceAccount: 'my-app' };
      new WorkloadRole(scope, 'Role', { identityProvider, pods, audience: 'other' });
    });
    expect(error.code).toBe('audience-unknown');
  });
});

describe('an identity provider', () => {
  it('has the exact issuer, the default audience of AWS, and no thumbprint', () => {
    const synthesized = new Synthesized((stack) => void new ClusterIdentityProvider(stack, 'Provider', { issuer }));
    expect(synthesized.one('IAM::OIDCProvider')).toEqual({ Url: issuer, ClientIdList: ['sts.amazonaws.com'] });
  });

  it('has configured audiences, without duplicates', () => {
    const synthesized = new Synthesized((stack) => {
      const audiences = ['sts.amazonaws.com', 'vault', 'vault'];
      new ClusterIdentityProvider(stack, 'Provider', { issuer, audiences });
    });
    expect(synthesized.one('IAM::OIDCProvider').ClientIdList).toEqual(['sts.amazonaws.com', 'vault']);
  });

  it.each([[[]], [['']], [['two words']], [['a'.repeat(256)]]])('is rejected for the audiences %j', (audiences) => {
    const error = synthError((scope) => void new ClusterIdentityProvider(scope, 'Provider', { issuer, audiences }));
    expect(error.code).toBe('audience-invalid');
  });

  it('has configured thumbprints in lower case, without duplicates', () => {
    const synthesized = new Synthesized((stack) => {
      const thumbprints = ['A'.repeat(40), 'a'.repeat(40), 'b'.repeat(40)];
      new ClusterIdentityProvider(stack, 'Provider', { issuer, thumbprints });
    });
    expect(synthesized.one('IAM::OIDCProvider').ThumbprintList).toEqual(['a'.repeat(40), 'b'.repeat(40)]);
  });

  it.each([
    [['']],
    [['a'.repeat(39)]],
    [[`AA:${'a'.repeat(38)}`]],
    [['g'.repeat(40)]],
    [['a'.repeat(64)]],
    [['a', 'b', 'c', 'd', 'e', 'f'].map((digit) => digit.repeat(40))],
  ])('is rejected for the thumbprints %j', (thumbprints) => {
    const error = synthError((scope) => void new ClusterIdentityProvider(scope, 'Provider', { issuer, thumbprints }));
    expect(error.code).toBe('thumbprint-invalid');
  });

  it.each([
    'http://oidc.example.com/my-cluster',
    'https://oidc.example.com:6443/my-cluster',
    'https://oidc.example.com:443/my-cluster',
    'https://oidc.example.com/my-cluster/',
    'https://oidc.example.com/',
    'https://oidc.example.com/my-cluster?a=b',
    'https://oidc.example.com/my-cluster?',
    'https://oidc.example.com/my-cluster#a',
    'https://user@oidc.example.com/my-cluster',
    'https://OIDC.example.com/my-cluster',
    'https://oidc.example.com/a/../my-cluster',
    'oidc.example.com/my-cluster',
    '',
  ])('is rejected for the issuer "%s"', (wrong) => {
    const error = synthError((scope) => void new ClusterIdentityProvider(scope, 'Provider', { issuer: wrong }));
    expect(error.code).toBe('issuer-invalid');
  });

  it('is rejected for an issuer that is known only at deployment', () => {
    const unknown = Lazy.string({ produce: () => issuer });
    const error = synthError((scope) => void new ClusterIdentityProvider(scope, 'Provider', { issuer: unknown }));
    expect(error.code).toBe('issuer-unknown-at-synth');
  });
});
