// Knows the configuration as a whole: what holds by default, and which settings do not go together.

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

describe('the configuration', () => {
  it('needs nothing but a caller', () => {
    expect(parseConfig(base)).toEqual({
      callers: { tokenDigests: [digestOf('right')], pathKeyDigests: [], anonymous: false },
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
        ownerKinds: builtInOwnerKinds,
        tokenExpiration: 3600,
        mountRoot: '/var/run/secrets/cwii.dev',
        onInvalid: undefined,
        allowed: {
          CWII_ALLOWED_ROLE_ARNS: undefined,
          CWII_ALLOWED_GCP_SERVICE_ACCOUNTS: undefined,
          CWII_ALLOWED_AZ_CLIENT_IDS: undefined,
          CWII_ALLOWED_AZ_AUTHORITY_HOSTS: undefined,
          CWII_ALLOWED_AUDIENCES: undefined,
          CWII_ALLOWED_VERIFY_IMAGES: undefined,
        },
        apiAudiences: [],
        nativeAnnotations: false,
        markPods: false,
      },
      onReadFailure: 'fail',
      cacheSeconds: 2,
      deadlineMarginMs: 1000,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    const names = Object.keys(settings).filter((name) => !name.startsWith('CWII_ALLOWED_'));
    const empty = Object.fromEntries(names.map((name) => [name, ' ']));

    expect(parseConfig({ ...empty, ...base })).toEqual(parseConfig(base));
  });

  it('refuses an empty guard rail, which would allow everything', () => {
    expect(problemsOf({ ...base, CWII_ALLOWED_ROLE_ARNS: ' ' })).toEqual([
      expect.stringMatching(/^CWII_ALLOWED_ROLE_ARNS is set but empty/),
    ]);
  });

  it.each([
    ['arn:aws:iam::*:role/${Namespace}/*', /"\$\{Namespace\}" in a pattern/],
    ['a b', /white space in the pattern "a b"/],
  ])('refuses the pattern %s, which would not match what was meant', (pattern, problem) => {
    expect(problemsOf({ ...base, CWII_ALLOWED_ROLE_ARNS: pattern })).toEqual([expect.stringMatching(problem)]);
  });

  it('refuses a default audience that is the API server’s own', () => {
    const issuer = 'https://issuer.example.com';

    expect(problemsOf({ ...base, CWII_API_AUDIENCES: issuer, CWII_AWS_DEFAULT_AUDIENCE: issuer })).toEqual([
      expect.stringMatching(/^CWII_AWS_DEFAULT_AUDIENCE is the API server's own audience/),
    ]);
  });

  it('leaves the variables of others alone', () => {
    expect(problemsOf({ ...base, PATH: '/bin', AWS_REGION: 'eu-central-1', cwii_x: '1' })).toEqual([]);
  });

  it.each(['CWII_AWS_ENABLE', 'CWII_', 'CWII_toString'])('refuses %s, which would have no effect', (name) => {
    expect(problemsOf({ ...base, [name]: 'true' })).toEqual([
      `${name} is no setting of cwii; docs/configuration.md lists them`,
    ]);
  });

  it('tells of all problems at once', () => {
    const problems = problemsOf({
      CWII_UNKNOWN: '1',
      CWII_AWS_ENABLED: 'maybe',
      CWII_TOKEN_EXPIRATION: '10',
      CWII_KUBE_CREDENTIAL: 'file:/etc/cwii/token',
    });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'CWII_UNKNOWN',
      'CWII_AWS_ENABLED',
      'CWII_TOKEN_EXPIRATION',
      'CWII_CALLER_TOKEN_SHA256',
      'CWII_KUBE_API_URL',
    ]);
  });
});

describe('the callers', () => {
  it('are known by a token, a path key or both', () => {
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

  it('can be everybody, when that is said', () => {
    expect(parseConfig({ CWII_ALLOW_ANONYMOUS: 'true' }).callers).toMatchObject({ anonymous: true });
  });

  it.each([{}, { CWII_ALLOW_ANONYMOUS: 'false' }, { CWII_CALLER_TOKEN_SHA256: ' ' }])('cannot be nobody: %j', (env) => {
    expect(problemsOf(env)).toEqual([expect.stringMatching(/^CWII_CALLER_TOKEN_SHA256 is not set/)]);
  });

  it.each(['CWII_CALLER_TOKEN_SHA256', 'CWII_PATH_KEY_SHA256'])('cannot be everybody next to a %s', (name) => {
    expect(problemsOf({ CWII_ALLOW_ANONYMOUS: 'true', [name]: digest })).toEqual([
      expect.stringMatching(/^CWII_ALLOW_ANONYMOUS is true although/),
    ]);
  });

  it('that are configured wrongly are told of once, without the value', () => {
    const problems = problemsOf({ CWII_CALLER_TOKEN_SHA256: 'the-token-itself' });

    expect(problems).toEqual([
      expect.stringMatching(/^CWII_CALLER_TOKEN_SHA256 has an entry that is no SHA-256 digest/),
    ]);
    expect(problems.join()).not.toContain('the-token-itself');
  });
});

describe('the way into the cluster', () => {
  it('is the URL and the credential', () => {
    expect(parseConfig(withCluster).cluster).toEqual({
      url: new URL('https://api.example.com:6443'),
      ca: undefined,
      credential: { kind: 'file', path: '/etc/cwii/token' },
    });
  });

  it.each(['', ' '])('is not complete with the URL %j', (url) => {
    expect(problemsOf({ ...withCluster, CWII_KUBE_API_URL: url })).toEqual([
      expect.stringMatching(/^CWII_KUBE_API_URL is not set, but CWII_KUBE_CREDENTIAL is/),
    ]);
  });

  it.each(['', 'none'])('is not complete with the credential %j', (credential) => {
    expect(problemsOf({ ...withCluster, CWII_KUBE_CREDENTIAL: credential })).toEqual([
      expect.stringMatching(/^CWII_KUBE_API_URL is set, but CWII_KUBE_CREDENTIAL is not/),
    ]);
  });

  it.each(['web-identity:cwii:prod', 'eks:prod'])('by %s needs to know the region', (credential) => {
    const { CWII_KUBE_CREDENTIAL: _, ...rest } = withCluster;

    expect(problemsOf({ ...rest, CWII_KUBE_CREDENTIAL: credential, AWS_REGION: ' ' })).toEqual([
      expect.stringMatching(/^AWS_REGION is not set, but CWII_KUBE_CREDENTIAL is (web-identity|eks):…/),
    ]);
  });

  it('by a secret is in the region that the ARN names', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:cwii-a1b2c3';

    expect(parseConfig({ ...withCluster, CWII_KUBE_CREDENTIAL: `secret:${arn}` }).cluster?.credential).toEqual({
      kind: 'secret',
      arn,
      region: 'eu-west-1',
    });
  });

  it('by web identity makes its audience one of the API server’s, which no pod gets a token for', () => {
    const env = { ...withCluster, AWS_REGION: 'eu-central-1', CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod' };

    expect(parseConfig(env).mutate.apiAudiences).toEqual(['https://api.example.com:6443/', 'cwii:prod']);
    expect(problemsOf({ ...env, CWII_AWS_DEFAULT_AUDIENCE: 'cwii:prod' })).toEqual([
      expect.stringMatching(/^CWII_AWS_DEFAULT_AUDIENCE is the API server's own audience/),
    ]);
  });

  it('with a wrong URL or a wrong credential is told of once', () => {
    expect(problemsOf({ ...withCluster, CWII_KUBE_API_URL: 'http://api.example.com' })).toHaveLength(1);
    expect(problemsOf({ ...withCluster, CWII_KUBE_CREDENTIAL: 'token' })).toHaveLength(1);
  });
});

describe('static annotations', () => {
  const CWII_STATIC_ANNOTATIONS = '[]';

  it('are kept as they are written, text or path', () => {
    expect(parseConfig({ ...base, CWII_STATIC_ANNOTATIONS }).staticAnnotations).toBe('[]');
  });

  it('stand in for a cluster, never beside one', () => {
    expect(problemsOf({ ...withCluster, CWII_STATIC_ANNOTATIONS })).toEqual([
      expect.stringMatching(/^CWII_STATIC_ANNOTATIONS is set although the cluster is read/),
    ]);
  });
});

describe('the settings of a preview', () => {
  it('need no caller and no cluster', () => {
    expect(parseMutateSettings({})).toEqual(parseConfig(base).mutate);
  });

  it('are as strict as those of the function', () => {
    expect(() => parseMutateSettings({ CWII_AWS_ENABLED: 'maybe', CWII_UNKNOWN: '1' })).toThrow(ConfigError);
  });
});
