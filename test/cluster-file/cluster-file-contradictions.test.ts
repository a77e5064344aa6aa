// cwii.yaml: what is said where keys of one cluster contradict each other, or what AWS takes.

import { describe, expect, test } from 'vitest';
import { DIGEST, minimal, told } from '../infra/cluster-entries.ts';

describe('what contradicts itself', () => {
  test.for([
    [
      'https://oidc.example.com/prod/',
      'which ends with a slash, with which clouds disagree on where its documents are',
    ],
    ['https://oidc.example.com:443', 'which has a port, which AWS does not take'],
    ['https://oidc.example.com/?a=b', 'which has a query or a fragment'],
    [
      'https://OIDC.example.com',
      'which has an upper-case host, or other characters in its path than letters, digits and -._~',
    ],
    ['http://oidc.example.com', 'which is not https'],
    ['oidc.example.com', 'which is no URL'],
  ] as const)('an issuer %s', ([issuer, problem]) => {
    expect(told(minimal({ issuer }))).toEqual([
      `clusters[0].issuer is "${issuer}", ${problem}; write https://HOST[/PATH], exactly as the API server's --service-account-issuer`,
    ]);
  });

  test.for<[string, object, string]>([
    [
      'the audience of every AWS token for the web identity',
      { credential: { webIdentity: { issuer: 'https://sts.example.com', audience: 'sts.amazonaws.com' } } },
      'clusters[0].credential.webIdentity.audience is sts.amazonaws.com; write an audience that only this cluster has, or leave it out',
    ],
    [
      "the cluster's issuer as the account's",
      { credential: { webIdentity: { issuer: 'https://oidc.example.com/prod' } } },
      "clusters[0].credential.webIdentity.issuer is the cluster's own issuer; write that of the AWS account: aws iam get-outbound-web-identity-federation-info",
    ],
    [
      'two credentials',
      { credential: { none: {}, secret: {} } },
      'clusters[0].credential has secret and none; write only one of them',
    ],
    [
      'no caller',
      { callers: {} },
      'clusters[0].callers.tokenSha256 has no digest, so that nobody could call; `cwii caller-token` makes a token and its digest',
    ],
    [
      'three digests',
      { callers: { tokenSha256: [DIGEST, DIGEST, DIGEST] } },
      'clusters[0].callers.tokenSha256 has more than 2 entries',
    ],
    [
      'a CA file that is not there',
      { api: { url: 'https://api.example.com', caFile: 'ca.crt' } },
      'clusters[0].api.caFile names ca.crt, which cannot be read (ENOENT)',
    ],
    [
      'a network for a function that reads nothing',
      {
        credential: { none: {} },
        api: {
          url: 'https://api.example.com',
          vpc: {
            vpcId: 'vpc-01234567',
            availabilityZones: ['eu-central-1a'],
            subnetIds: ['subnet-01234567'],
            securityGroupIds: ['sg-01234567'],
          },
        },
      },
      'clusters[0].api.vpc has no use with credential none: nothing is read from the cluster',
    ],
    [
      'zones without subnets',
      {
        api: {
          url: 'https://api.example.com',
          vpc: {
            vpcId: 'vpc-01234567',
            availabilityZones: ['eu-central-1a', 'eu-central-1b'],
            subnetIds: ['subnet-01234567'],
            securityGroupIds: ['sg-01234567'],
          },
        },
      },
      'clusters[0].api.vpc.availabilityZones has more entries than subnetIds; write the zone of each subnet',
    ],
    [
      'audiences in one entry',
      { settings: { apiAudiences: ['a,b'] } },
      'clusters[0].settings.apiAudiences[0] is "a,b"; write each as an entry of its own, without commas and outer white space',
    ],
    [
      'hosting on a name that CloudFront does not have',
      { issuerHosting: {} },
      "clusters[0].issuerHosting has no certificateArn, so that CloudFront serves only its own name, and not oidc.example.com. With a domain of your own set certificateArn. Without one deploy twice: first with issuer: https://first-deployment.cloudfront.net/NAME, then with the name that the stack's output IssuerDistributionDomain tells in its place",
    ],
    [
      'roles for an issuer that AWS cannot reach',
      {
        issuer: 'https://kubernetes.default.svc.cluster.local',
        workloadRoles: [{ name: 'shop', namespace: 'shop', allServiceAccounts: true }],
      },
      'clusters[0].issuer is https://kubernetes.default.svc.cluster.local, which AWS cannot reach, but workloadRoles needs it to; write the public issuer, which issuerHosting can publish',
    ],
    [
      'an identity provider without the audience that pods get',
      { identityProvider: { audiences: ['other'] } },
      'clusters[0].identityProvider.audiences lacks "sts.amazonaws.com", which is what pods\' tokens have (providers.aws.defaultAudience); add it',
    ],
    [
      'an old issuer that is a list',
      {
        issuer: 'https://d111111abcdef8.cloudfront.net',
        issuerHosting: { oldIssuers: ['https://one.example.com,https://two.example.com'] },
      },
      'clusters[0].issuerHosting.oldIssuers[0] is "https://one.example.com,https://two.example.com"; write the issuer as `kubectl get --raw /.well-known/openid-configuration` shows it',
    ],
    [
      'a thumbprint with colons',
      { identityProvider: { thumbprints: ['06:B2:59'] } },
      'clusters[0].identityProvider.thumbprints[0] is "06:B2:59"; write 40 hex digits without colons',
    ],
    [
      "a default audience that is the API server's",
      { providers: { azure: { defaultAudience: 'https://oidc.example.com/prod' } } },
      "clusters[0].providers.azure.defaultAudience is the API server's own audience; a cloud that got such a token could use the cluster",
    ],
    [
      'hosting without a way to read the keys',
      { credential: { none: {} }, issuer: 'https://d111111abcdef8.cloudfront.net', issuerHosting: {} },
      'clusters[0].credential.none goes not with issuerHosting, whose function reads the keys from the cluster; write webIdentity, secret or eks',
    ],
    [
      'days that CloudWatch Logs does not have',
      { function: { logRetentionDays: 31 } },
      'clusters[0].function.logRetentionDays is 31; write 1 or 3 or 5 or 7 or 14 or 30 or 60 or 90 or 120 or 150 or 180 or 365 or 400 or 545 or 731 or 1096 or 1827 or 2192 or 2557 or 2922 or 3288 or 3653',
    ],
    [
      'a topic of another region',
      { region: 'us-east-1', alarms: { topicArn: 'arn:aws:sns:eu-central-1:123456789012:ops' } },
      'clusters[0].alarms.topicArn is in eu-central-1, but the alarms are in us-east-1; write a topic of that region',
    ],
    [
      'a concurrency that is neither a number nor unreserved',
      { function: { reservedConcurrency: 'all' } },
      'clusters[0].function.reservedConcurrency is no whole number from 0 to 10000; write one, or unreserved',
    ],
    [
      'a margin that the function has no time for',
      { settings: { deadlineMarginMilliseconds: 500 } },
      'clusters[0].settings.deadlineMarginMilliseconds is 500; write 1000 or more',
    ],
    [
      'a pattern with a comma',
      { guardRails: { audiences: ['a,b'] } },
      'clusters[0].guardRails.audiences[0] is "a,b"; write each pattern as an entry of its own, without commas',
    ],
    [
      'a pattern with an unknown variable',
      { guardRails: { audiences: ['${name}'] } },
      'clusters[0].guardRails.audiences[0] contains "${name}" in a pattern; the only variable is ${namespace}',
    ],
    [
      'an owner kind in another form',
      { settings: { ownerKinds: ['Rollout'] } },
      'clusters[0].settings.ownerKinds[0] is refused: "Rollout" is no owner kind; write group/version/plural=Kind, such as argoproj.io/v1alpha1/rollouts=Rollout',
    ],
  ])('%s', ([, change, problem]) => {
    expect(told(minimal(change))).toEqual([problem]);
  });
});

test('IDs that EC2 does not have, or that are there twice', () => {
  const network = (vpcId: string, subnetIds: string[], securityGroupIds: string[]) => {
    const vpc = { vpcId, availabilityZones: ['eu-central-1a'], subnetIds, securityGroupIds };
    return told(minimal({ api: { url: 'https://api.example.com', vpc } }));
  };

  expect(network('vpc-0123456789abcdef0', ['subnet-01234567'], ['sg-0123456789abcdef0'])).toEqual([]);
  expect(network('vpc-0123', ['subnet-012345678'], ['sg-0123456789abcdef01'])).toEqual([
    'clusters[0].api.vpc.vpcId is "vpc-0123"; write vpc- and 8 or 17 hex digits, as EC2 shows the ID',
    'clusters[0].api.vpc.subnetIds[0] is "subnet-012345678"; write subnet- and 8 or 17 hex digits, as EC2 shows the ID',
    'clusters[0].api.vpc.securityGroupIds[0] is "sg-0123456789abcdef01"; write sg- and 8 or 17 hex digits, as EC2 shows the ID',
  ]);
  expect(network('vpc-01234567', ['subnet-01234567', 'subnet-01234567'], ['sg-01234567', 'sg-01234567'])).toEqual([
    'clusters[0].api.vpc.subnetIds[1] is subnet-01234567, which is there already; remove it',
    'clusters[0].api.vpc.securityGroupIds[1] is sg-01234567, which is there already; remove it',
  ]);
});
