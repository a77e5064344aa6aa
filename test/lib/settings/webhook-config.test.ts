// Tests the configuration as a whole: its defaults, and which settings conflict with each other.

import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/common/errors.ts';
import { builtInOwnerKinds } from '../../../lib/kubernetes/owner-kinds.ts';
import { parseConfig, parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { settings } from '../../../lib/settings/webhook-settings.ts';
import { digestOf } from '../../fakes/secrets.ts';

const digest = digestOf('right').toString('hex');
const base = { CWII_CALLER_TOKEN_SHA256: digest };
const withCluster = {
  ...base,
  CWII_KUBE_API_URL: 'https://api.example.com:6443',
  CWII_KUBE_CREDENTIAL: 'file:/etc/cwii/token',
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('requires only a caller', () => {
    expect(parseConfig(base)).toEqual({
      callers: { tokenDigests: [digestOf('right')], pathKeyDigests: [], tokens: undefined, anonymous: false },
      clusterName: undefined,
      cluster: undefined,
      staticAnnotations: undefined,
      mutate: {
        providers: {
          aws: {
            enabled: true,
            defaultAudience: 'sts.amazonaws.com',
            verifyImage: 'amazon/aws-cli:latest',
            defaultRegion: undefined,
            setDefaultRegion: false,
          },
          az: {
            enabled: true,
            defaultAudience: 'api://AzureADTokenExchange',
            verifyImage: 'mcr.microsoft.com/azure-cli:latest',
            defaultTenantId: undefined,
          },
          gcp: {
            enabled: true,
            defaultAudience: undefined,
            verifyImage: 'google/cloud-sdk:slim',
            writerImage: 'busybox:1.37',
          },
        },
        services: { enabled: 'all', custom: undefined, allowed: undefined },
        ownerKinds: builtInOwnerKinds,
        tokenExpiration: 3600,
        mountRoot: '/var/run/secrets/cwii.dev',
        onInvalid: undefined,
        allowed: {
          awsRoleArn: undefined,
          gcpServiceAccount: undefined,
          azClientId: undefined,
          azAuthorityHost: undefined,
          audience: undefined,
          verifyImage: undefined,
          azTenantId: undefined,
          gcpProject: undefined,
          awsRegion: undefined,
        },
        apiAudiences: [],
        nativeAnnotations: false,
        markPods: false,
      },
      onReadFailure: 'fail',
      cacheSeconds: 0,
      deadlineMarginMs: 1000,
    });
  });

  it('treats an empty variable as not set', () => {
    const names = Object.keys(settings).filter((name) => !name.startsWith('CWII_ALLOWED_'));
    const empty = Object.fromEntries(names.map((name) => [name, ' ']));

    expect(parseConfig({ ...empty, ...base })).toEqual(parseConfig(base));
  });

  it('rejects an empty guard rail, which would allow everything', () => {
    expect(problemsOf({ ...base, CWII_ALLOWED_ROLE_ARNS: ' ' })).toEqual([
      expect.stringMatching(/^CWII_ALLOWED_ROLE_ARNS is set but empty/),
    ]);
  });

  it.each([
    ['arn:aws:iam::*:role/${Namespace}/*', /"\$\{Namespace\}" in a pattern/],
    ['a b', /white space in the pattern "a b"/],
  ])('rejects the pattern %s, which would not match as intended', (pattern, problem) => {
    expect(problemsOf({ ...base, CWII_ALLOWED_ROLE_ARNS: pattern })).toEqual([expect.stringMatching(problem)]);
  });

  it('rejects a default audience that is an audience of the API server', () => {
    const issuer = 'https://issuer.example.com';

    expect(problemsOf({ ...base, CWII_API_AUDIENCES: issuer, CWII_AWS_DEFAULT_AUDIENCE: issuer })).toEqual([
      expect.stringMatching(/^CWII_AWS_DEFAULT_AUDIENCE is an audience of the API server/),
    ]);
  });

  it('ignores variables of others', () => {
    expect(problemsOf({ ...base, PATH: '/bin', AWS_REGION: 'eu-central-1', cwii_x: '1' })).toEqual([]);
  });

  it.each([
    ['CWII_AWS_ENABLE', 'CWII_AWS_ENABLED'],
    ['CWII_AWS_DEFAULT_REGOIN', 'CWII_AWS_DEFAULT_REGION'],
    ['CWII_mount_root', 'CWII_MOUNT_ROOT'],
  ])('suggests a name for the unknown setting %s', (name, nearest) => {
    expect(problemsOf({ ...base, [name]: 'true' })).toEqual([
      `unknown setting ${name}; did you mean ${nearest}? See docs/configuration.md`,
    ]);
  });

  it.each(['CWII_', 'CWII_toString'])('rejects the unknown setting %s', (name) => {
    expect(problemsOf({ ...base, [name]: 'true' })).toEqual([`unknown setting ${name}; see docs/configuration.md`]);
  });

  it('reports all problems at once', () => {
    const problems = problemsOf({
      CWII_UNKNOWN: '1',
      CWII_AWS_ENABLED: 'maybe',
      CWII_TOKEN_EXPIRATION: '10',
      CWII_KUBE_CREDENTIAL: 'file:/etc/cwii/token',
    });

    expect(problems.map((problem) => /CWII_\w+/.exec(problem)?.[0])).toEqual([
      'CWII_UNKNOWN',
      'CWII_AWS_ENABLED',
      'CWII_TOKEN_EXPIRATION',
      'CWII_CALLER_TOKEN_SHA256',
      'CWII_KUBE_API_URL',
    ]);
  });
});

describe('The callers', () => {
  it('can present a token, a path key or both', () => {
    const { callers } = parseConfig({
      CWII_CALLER_TOKEN_SHA256: `${digest}, ${digestOf('new').toString('hex').toUpperCase()}`,
      CWII_PATH_KEY_SHA256: digestOf('key').toString('hex'),
    });

    expect(callers).toEqual({
      tokenDigests: [digestOf('right'), digestOf('new')],
      pathKeyDigests: [digestOf('key')],
      anonymous: false,
    });
    expect(problemsOf({ CWII_PATH_KEY_SHA256: digest })).toEqual([]);
  });

  it('can be anonymous if that is configured', () => {
    expect(parseConfig({ CWII_ALLOW_ANONYMOUS: 'true' }).callers).toMatchObject({ anonymous: true });
  });

  it.each([{}, { CWII_ALLOW_ANONYMOUS: 'false' }, { CWII_CALLER_TOKEN_SHA256: ' ' }])(
    'must be configured: %j is rejected',
    (env) => {
      expect(problemsOf(env)).toEqual([expect.stringMatching(/^CWII_CALLER_TOKEN_SHA256 is not set/)]);
    },
  );

  it.each(['CWII_CALLER_TOKEN_SHA256', 'CWII_PATH_KEY_SHA256', 'CWII_CALLER_SUBJECTS'])(
    'cannot be anonymous if %s is set',
    (name) => {
      expect(problemsOf({ CWII_ALLOW_ANONYMOUS: 'true', [name]: digest })).toContainEqual(
        expect.stringMatching(/^CWII_ALLOW_ANONYMOUS is true although/),
      );
    },
  );

  it('are reported once and without the value if a digest is invalid', () => {
    const [problem, ...more] = problemsOf({ CWII_CALLER_TOKEN_SHA256: 'the-token-itself' });

    expect(problem).toMatch(/^CWII_CALLER_TOKEN_SHA256 has an entry that is not a SHA-256 digest/);
    expect(problem).not.toContain('the-token-itself');
    expect(more).toEqual([]);
  });
});

describe('The access to the cluster', () => {
  it('consists of URL, CA and credential', () => {
    expect(parseConfig(withCluster).cluster).toEqual({
      url: new URL('https://api.example.com:6443'),
      ca: undefined,
      credential: { kind: 'file', path: '/etc/cwii/token' },
    });
  });

  it.each(['', ' '])('requires a URL: %j is rejected', (url) => {
    expect(problemsOf({ ...withCluster, CWII_KUBE_API_URL: url })).toEqual([
      expect.stringMatching(/^CWII_KUBE_API_URL is not set, but CWII_KUBE_CREDENTIAL is/),
    ]);
  });

  it.each(['', 'none'])('requires a credential: %j is rejected', (credential) => {
    expect(problemsOf({ ...withCluster, CWII_KUBE_CREDENTIAL: credential })).toEqual([
      expect.stringMatching(/^CWII_KUBE_API_URL is set, but CWII_KUBE_CREDENTIAL is not/),
    ]);
  });

  it.each(['web-identity:cwii:prod', 'eks:prod'])('with %s requires a region', (credential) => {
    const { CWII_KUBE_CREDENTIAL: _, ...rest } = withCluster;

    expect(problemsOf({ ...rest, CWII_KUBE_CREDENTIAL: credential, AWS_REGION: ' ' })).toEqual([
      expect.stringMatching(/^AWS_REGION is not set, but CWII_KUBE_CREDENTIAL is (web-identity|eks):…/),
    ]);
  });

  it('with a secret uses the region of its ARN', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:cwii-a1b2c3';

    expect(parseConfig({ ...withCluster, CWII_KUBE_CREDENTIAL: `secret:${arn}` }).cluster?.credential).toEqual({
      kind: 'secret',
      arn,
      region: 'eu-west-1',
    });
  });

  it('with web identity adds its audience to the audiences of the API server', () => {
    const env = { ...withCluster, AWS_REGION: 'eu-central-1', CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod' };

    expect(parseConfig(env).mutate.apiAudiences).toEqual(['https://api.example.com:6443/', 'cwii:prod']);
    expect(problemsOf({ ...env, CWII_AWS_DEFAULT_AUDIENCE: 'cwii:prod' })).toEqual([
      expect.stringMatching(/^CWII_AWS_DEFAULT_AUDIENCE is an audience of the API server/),
    ]);
  });

  it('is reported once if the URL or the credential is invalid', () => {
    expect(problemsOf({ ...withCluster, CWII_KUBE_API_URL: 'http://api.example.com' })).toHaveLength(1);
    expect(problemsOf({ ...withCluster, CWII_KUBE_CREDENTIAL: 'token' })).toHaveLength(1);
  });
});

describe('Static annotations', () => {
  const CWII_STATIC_ANNOTATIONS = '[]';

  it('are kept as configured, text or path', () => {
    expect(parseConfig({ ...base, CWII_STATIC_ANNOTATIONS }).staticAnnotations).toBe('[]');
  });

  it('cannot be combined with access to the cluster', () => {
    expect(problemsOf({ ...withCluster, CWII_STATIC_ANNOTATIONS })).toEqual([
      expect.stringMatching(/^CWII_STATIC_ANNOTATIONS is set although the cluster is read/),
    ]);
  });
});

describe('parseMutateSettings', () => {
  it('requires no caller and no cluster', () => {
    expect(parseMutateSettings({})).toEqual(parseConfig(base).mutate);
  });

  it('rejects invalid and unknown settings', () => {
    expect(() => parseMutateSettings({ CWII_AWS_ENABLED: 'maybe', CWII_UNKNOWN: '1' })).toThrow(ConfigError);
  });
});

describe('callers with tokens of the cluster', () => {
  const subjects = 'system:serviceaccount:cwii-system:api-server, system:serviceaccount:kube-system:webhook-auth';
  const { CWII_CALLER_TOKEN_SHA256: _, ...cluster } = withCluster;
  const onLambda = { ...cluster, CWII_CALLER_SUBJECTS: subjects, AWS_LAMBDA_FUNCTION_NAME: 'cwii-prod-webhook' };

  it('need no digest, and on Lambda no audience: the URL of the request counts', () => {
    expect(parseConfig(onLambda).callers).toEqual({
      tokenDigests: [],
      pathKeyDigests: [],
      anonymous: false,
      tokens: {
        subjects: ['system:serviceaccount:cwii-system:api-server', 'system:serviceaccount:kube-system:webhook-auth'],
        audiences: undefined,
      },
    });
  });

  it('have the configured audiences, letter by letter', () => {
    const audiences = 'https://cwii.example.com/mutate,https://CWII.example.com';

    expect(parseConfig({ ...onLambda, CWII_CALLER_AUDIENCES: audiences }).callers.tokens?.audiences).toEqual([
      'https://cwii.example.com/mutate',
      'https://CWII.example.com',
    ]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'outside Lambda without audiences',
      { AWS_LAMBDA_FUNCTION_NAME: '' },
      /^CWII_CALLER_SUBJECTS is set, but CWII_CALLER_AUDIENCES is not; outside Lambda/,
    ],
    ['without a cluster', { CWII_KUBE_CREDENTIAL: 'none', CWII_KUBE_API_URL: '' }, /but the cluster is not read/],
    [
      'as a user',
      { CWII_CALLER_SUBJECTS: 'admin' },
      /^CWII_CALLER_SUBJECTS has the entry "admin"; write system:serviceaccount:NAMESPACE:NAME/,
    ],
    ['with a pattern', { CWII_CALLER_SUBJECTS: 'system:serviceaccount:kube-system:*' }, /has the entry/],
    ['with an empty name', { CWII_CALLER_SUBJECTS: 'system:serviceaccount:kube-system:' }, /has the entry/],
    ['with an empty entry', { CWII_CALLER_SUBJECTS: 'system:serviceaccount:a:b,' }, /has the entry ""/],
    [
      'with an audience that is not a URL',
      { CWII_CALLER_AUDIENCES: 'cwii' },
      /^CWII_CALLER_AUDIENCES has the entry "cwii"; write the webhook's URL/,
    ],
  ])('are invalid %s', (_, env, problem) => {
    expect(problemsOf({ ...onLambda, ...env })).toEqual([expect.stringMatching(problem)]);
  });

  it('are necessary for audiences', () => {
    expect(problemsOf({ ...withCluster, CWII_CALLER_AUDIENCES: 'https://cwii.example.com/mutate' })).toEqual([
      'CWII_CALLER_AUDIENCES is set, but CWII_CALLER_SUBJECTS is not; set both, or remove it',
    ]);
  });
});
