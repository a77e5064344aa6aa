// Tests for values and combinations of keys in one cluster that cwii.yaml does not accept.

import { describe, expect, test } from 'vitest';
import { DIGEST, minimal, problemsOf } from './entries.ts';

const vpc = {
  vpcId: 'vpc-01234567',
  availabilityZones: ['eu-central-1a'],
  subnetIds: ['subnet-01234567'],
  securityGroupIds: ['sg-01234567'],
};
const withVpc = (changes: object = {}) => ({ api: { url: 'https://api.example.com', vpc: { ...vpc, ...changes } } });

describe('an issuer', () => {
  test.for([
    'https://oidc.example.com/prod/',
    'https://oidc.example.com:443',
    'https://oidc.example.com/?a=b',
    'https://OIDC.example.com',
    'http://oidc.example.com',
    'oidc.example.com',
  ])('is rejected with its value: %s', (issuer) => {
    const [problem, ...others] = problemsOf(minimal({ issuer }));

    expect(others).toEqual([]);
    expect(problem).toContain(`clusters[0].issuer is "${issuer}", which `);
  });
});

describe('the connection to the API server is rejected if it has', () => {
  test.for<[string, object, string]>([
    [
      'a CA file that does not exist',
      { api: { url: 'https://api.example.com', caFile: 'ca.crt' } },
      'clusters[0].api.caFile names ca.crt, which does not exist',
    ],
    [
      'an address of the machine that uses it',
      { api: { url: 'https://127.0.0.1:6443' } },
      'clusters[0].api.url is https://127.0.0.1:6443, which is an address of the machine that uses it, so the function in AWS would call itself; write the address of the API server as other machines reach it, which its certificate must contain',
    ],
    [
      'the credential webIdentity on a version without it',
      { kubernetesVersion: '1.29' },
      'clusters[0].credential.webIdentity needs Kubernetes 1.30, but kubernetesVersion is 1.29; use secret, or upgrade the cluster',
    ],
    [
      'a patch version',
      { kubernetesVersion: 'v1.34.1' },
      'clusters[0].kubernetesVersion is "v1.34.1"; write a minor version in quotes, such as "1.34"',
    ],
    [
      'a version that YAML makes a number',
      { kubernetesVersion: 1.3 },
      'clusters[0].kubernetesVersion is not a string in YAML; write it in quotes',
    ],
    [
      'a VPC although the cluster is not read',
      { credential: { none: {} }, ...withVpc() },
      'clusters[0].api.vpc has no effect with credential none, because the cluster is not read; remove it, or use another credential',
    ],
    [
      'more zones than subnets',
      withVpc({ availabilityZones: ['eu-central-1a', 'eu-central-1b'] }),
      'clusters[0].api.vpc.availabilityZones has more entries than subnetIds; write one zone for each subnet',
    ],
  ])('%s', ([, changes, problem]) => {
    expect(problemsOf(minimal(changes))).toEqual([problem]);
  });

  test('IDs that EC2 does not use', () => {
    const ids = { vpcId: 'vpc-0123', subnetIds: ['subnet-012345678'], securityGroupIds: ['sg-0123456789abcdef01'] };

    expect(problemsOf(minimal(withVpc(ids)))).toEqual([
      'clusters[0].api.vpc.vpcId is "vpc-0123"; write vpc- and 8 or 17 hex digits, as EC2 shows the ID',
      'clusters[0].api.vpc.subnetIds[0] is "subnet-012345678"; write subnet- and 8 or 17 hex digits, as EC2 shows the ID',
      'clusters[0].api.vpc.securityGroupIds[0] is "sg-0123456789abcdef01"; write sg- and 8 or 17 hex digits, as EC2 shows the ID',
    ]);
  });

  test('an ID twice', () => {
    const ids = {
      subnetIds: ['subnet-01234567', 'subnet-01234567'],
      securityGroupIds: ['sg-01234567', 'sg-01234567'],
    };

    expect(problemsOf(minimal(withVpc(ids)))).toEqual([
      'clusters[0].api.vpc.subnetIds[1] is subnet-01234567, which is listed twice; remove it',
      'clusters[0].api.vpc.securityGroupIds[1] is sg-01234567, which is listed twice; remove it',
    ]);
  });
});

test('accepts short and long IDs of EC2', () => {
  expect(problemsOf(minimal(withVpc({ vpcId: 'vpc-0123456789abcdef0' })))).toEqual([]);
});

describe('authentication is rejected if it has', () => {
  test.for<[string, object, string]>([
    [
      'the audience of all AWS tokens as audience of the web identity',
      { credential: { webIdentity: { issuer: 'https://sts.example.com', audience: 'sts.amazonaws.com' } } },
      'clusters[0].credential.webIdentity.audience is sts.amazonaws.com; write an audience that no other cluster uses, or remove the key',
    ],
    [
      "the cluster's issuer as the account's issuer",
      { credential: { webIdentity: { issuer: 'https://oidc.example.com/prod' } } },
      "clusters[0].credential.webIdentity.issuer is the cluster's own issuer; write the AWS account's issuer, as shown by `aws iam get-outbound-web-identity-federation-info`",
    ],
    [
      'two credentials',
      { credential: { none: {}, secret: {} } },
      'clusters[0].credential has secret and none; set only one of them',
    ],
    [
      'no credential for the hosting of the issuer',
      { credential: { none: {} }, issuer: 'https://d111111abcdef8.cloudfront.net', issuerHosting: {} },
      "clusters[0].credential.none cannot be combined with issuerHosting, which reads the cluster's keys; use webIdentity, secret or eks",
    ],
    [
      'no caller',
      { callers: {} },
      'clusters[0].callers.tokenSha256 has no digest, so nobody could call the webhook; run `cwii caller-token` to make a token and its digest',
    ],
    [
      'audiences without subjects',
      { callers: { tokenSha256: [DIGEST], audiences: ['https://cwii.example.com/mutate'] } },
      'clusters[0].callers.audiences has no effect without subjects; add subjects, or remove it',
    ],
    [
      'subjects, although the function does not read the cluster',
      { credential: { none: {} }, callers: { subjects: ['system:serviceaccount:cwii-system:api-server'] } },
      'clusters[0].callers.subjects cannot be combined with credential none: the function reads the keys of these tokens from the cluster; use tokenSha256',
    ],
    [
      'a subject that is not a ServiceAccount',
      { callers: { subjects: ['system:node:worker-1'] } },
      'clusters[0].callers.subjects[0] has the entry "system:node:worker-1"; write system:serviceaccount:NAMESPACE:NAME',
    ],
    [
      'a service with an annotation that cannot exist',
      {
        services: [
          {
            name: 'broker',
            title: 'Broker',
            trigger: 'role',
            keys: {
              role: { meaning: 'The role.', pattern: '[a-z]+', example: 'shop' },
              'My Key': { meaning: 'A key.', pattern: '[a-z]+', example: 'shop' },
            },
            audience: 'broker.example.com',
            identity: { BROKER_TOKEN_FILE: '{token}' },
          },
        ],
      },
      'clusters[0].services[0].keys["My Key"] is "My Key"; write at most 24 lower-case letters, digits and dashes, beginning with a letter',
    ],
    [
      "a service with the API server's audience",
      {
        services: [
          {
            name: 'broker',
            title: 'Broker',
            trigger: 'role',
            keys: {
              role: { meaning: 'The role.', pattern: '[a-z]+', example: 'shop' },
              cluster: { meaning: 'The cluster.', pattern: '[a-z]+', example: 'test', default: 'prod' },
            },
            audience: 'https://oidc.example.com/{cluster}',
            identity: { BROKER_TOKEN_FILE: '{token}' },
          },
        ],
      },
      "clusters[0].services[0].audience is the API server's own audience; a service with such a token could use the cluster. Choose another audience",
    ],
    [
      'two subjects in one entry',
      { callers: { subjects: ['system:serviceaccount:a:b,system:serviceaccount:c:d'] } },
      'clusters[0].callers.subjects[0] has the entry "system:serviceaccount:a:b,system:serviceaccount:c:d"; write system:serviceaccount:NAMESPACE:NAME',
    ],
    [
      'three digests',
      { callers: { tokenSha256: [DIGEST, DIGEST, DIGEST] } },
      'clusters[0].callers.tokenSha256 has more than 2 entries',
    ],
  ])('%s', ([, changes, problem]) => {
    expect(problemsOf(minimal(changes))).toEqual([problem]);
  });
});

describe('audiences are rejected if they have', () => {
  test.for<[string, object, string]>([
    [
      'several audiences in one entry',
      { settings: { apiAudiences: ['a,b'] } },
      'clusters[0].settings.apiAudiences[0] is "a,b"; write each value as a list entry, without commas or surrounding spaces',
    ],
    [
      "an identity provider without the audience of the pods' tokens",
      { identityProvider: { audiences: ['other'] } },
      'clusters[0].identityProvider.audiences does not contain "sts.amazonaws.com", the audience of the pods\' tokens (providers.aws.defaultAudience); add it',
    ],
    [
      "the API server's own audience as default for a cloud",
      { providers: { azure: { defaultAudience: 'https://oidc.example.com/prod' } } },
      "clusters[0].providers.azure.defaultAudience is the API server's own audience; a cloud with such a token could use the cluster. Choose another audience",
    ],
  ])('%s', ([, changes, problem]) => {
    expect(problemsOf(minimal(changes))).toEqual([problem]);
  });
});

describe('a value is rejected if it is', () => {
  test.for<[string, object, string]>([
    [
      'a list of old issuers in one entry',
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
      'a log retention that CloudWatch Logs does not support',
      { function: { logRetentionDays: 31 } },
      'clusters[0].function.logRetentionDays is 31; write 1 or 3 or 5 or 7 or 14 or 30 or 60 or 90 or 120 or 150 or 180 or 365 or 400 or 545 or 731 or 1096 or 1827 or 2192 or 2557 or 2922 or 3288 or 3653',
    ],
    [
      'a topic in another region',
      { region: 'us-east-1', alarms: { topicArn: 'arn:aws:sns:eu-central-1:123456789012:ops' } },
      'clusters[0].alarms.topicArn is in eu-central-1, but the alarms are in us-east-1; write a topic in that region',
    ],
    [
      'a concurrency that is neither a number nor unreserved',
      { function: { reservedConcurrency: 'all' } },
      'clusters[0].function.reservedConcurrency is not valid; write a whole number from 0 to 10000, or unreserved',
    ],
    [
      'a deadline margin that leaves the function no time',
      { settings: { deadlineMarginMilliseconds: 500 } },
      'clusters[0].settings.deadlineMarginMilliseconds is 500; write 1000 or more',
    ],
    [
      'a pattern with a comma',
      { guardRails: { audiences: ['a,b'] } },
      'clusters[0].guardRails.audiences[0] is "a,b"; write each pattern as a list entry, without commas',
    ],
  ])('%s', ([, changes, problem]) => {
    expect(problemsOf(minimal(changes))).toEqual([problem]);
  });
});

describe("a value is rejected by the function's own parser if it is", () => {
  test.for<[string, object, string, string]>([
    [
      'a pattern with an unknown variable',
      { guardRails: { audiences: ['${name}'] } },
      'clusters[0].guardRails.audiences[0] ',
      '"${name}"',
    ],
    [
      'an owner kind in another form',
      { settings: { ownerKinds: ['Rollout'] } },
      'clusters[0].settings.ownerKinds[0] is invalid: ',
      'group/version/plural=Kind',
    ],
  ])('%s', ([, changes, key, reason]) => {
    const [problem, ...others] = problemsOf(minimal(changes));

    expect(others).toEqual([]);
    expect(problem?.startsWith(key)).toBe(true);
    expect(problem).toContain(reason);
  });
});

describe('a region', () => {
  test('without Function URLs is rejected, with one nearby', () => {
    expect(problemsOf(minimal({ region: 'eu-central-2' }))).toEqual([
      expect.stringContaining(
        'clusters[0].region is eu-central-2, where Lambda has no Function URLs; write a region that has them, such as eu-central-1.',
      ),
    ]);
    expect(problemsOf(minimal({ region: 'eu-central-1' }))).toEqual([]);
  });
});

describe('the roles of workloads', () => {
  const roleArns = ['arn:aws:iam::123456789012:role/${namespace}/*'];
  const role = { name: 'checkout', namespace: 'shop', serviceAccount: 'checkout' };
  const issuer = 'https://oidc.example.com/prod';
  const problems = (changes: object, more: object = {}) =>
    problemsOf(minimal({ issuer, guardRails: { roleArns }, workloadRoles: [{ ...role, ...changes }], ...more }));

  test('are rejected if a guard rail would deny their pods', () => {
    expect(problems({})).toEqual([
      expect.stringContaining(
        "clusters[0].workloadRoles[0].name is the role checkout of namespace shop, which guardRails.roleArns does not allow, so its pods would be denied; set the role's path, such as /shop/, or add a pattern",
      ),
    ]);
    expect(problems({ path: '/other/' })).toHaveLength(1);
    expect(problems({ path: '/shop/' }, { account: '210987654321' })).toHaveLength(1);
  });

  test('are accepted with a path that a guard rail allows, in any partition, with and without an account', () => {
    expect(problems({ path: '/shop/' })).toEqual([]);
    expect(problems({ path: '/shop/' }, { account: '123456789012' })).toEqual([]);
    const china = { roleArns: ['arn:aws-cn:iam::*:role/${namespace}/*'] };
    expect(problems({ path: '/shop/' }, { region: 'cn-north-1', guardRails: china })).toEqual([]);
  });

  test.for(['shop', '/shop', 'shop/', '//'])('have no path without slashes at both ends: %s', (path) => {
    expect(problems({ path })).toEqual([
      expect.stringContaining('write an IAM path that begins and ends with a slash'),
    ]);
  });
});

describe('a service is rejected', () => {
  const service = {
    name: 'openbao',
    title: 'OpenBao',
    trigger: 'role',
    keys: { role: { meaning: 'The role.', pattern: '[a-z]+', example: 'app' } },
    audience: 'openbao.example.com',
    identity: { BAO_TOKEN_PATH: '{token}' },
  };

  test.for<[string, object[], string]>([
    [
      'with a name of the catalogue',
      [{ ...service, name: 'alibaba' }],
      'clusters[0].services[0].name is "alibaba", which exists already; choose another name',
    ],
    [
      'with the name of another one',
      [service, service],
      'clusters[0].services[1].name is "openbao", which exists already; choose another name',
    ],
    [
      'with an unknown placeholder',
      [{ ...service, identity: { BAO_ROLE: '{rolle}' } }],
      'clusters[0].services[0].identity.BAO_ROLE contains {rolle}, which is not one of role, token',
    ],
    [
      'with a misspelt key',
      [{ ...service, audiense: 'x' }],
      'clusters[0].services[0].audiense is an unknown key; did you mean "audience"?',
    ],
  ])('%s', ([, services, problem]) => {
    expect(problemsOf(minimal({ services }))).toEqual([problem]);
  });
});
