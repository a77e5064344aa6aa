// Tests the valid and invalid values of each setting.

import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/common/errors.ts';
import { type GuardRail, guardRailSettings } from '../../../lib/settings/guard-rails.ts';
import { settingDocs } from '../../../lib/settings/setting-docs.ts';
import { type Config, parseConfig } from '../../../lib/settings/webhook-config.ts';
import { type Setting, type SettingName, settings } from '../../../lib/settings/webhook-settings.ts';
import { createTestAuthority } from '../../../testing/certificates.ts';
import { digestOf } from '../../fakes/secrets.ts';

const base = { CWII_CALLER_TOKEN_SHA256: digestOf('right').toString('hex') };
const withCluster = { CWII_KUBE_API_URL: 'https://api.example.com', CWII_KUBE_CREDENTIAL: 'file:/etc/cwii/token' };

/** The environment with one setting, and with the settings that it requires. */
function envWith(name: SettingName, value: string): Record<string, string> {
  return { ...base, AWS_REGION: 'eu-central-1', ...(name.startsWith('CWII_KUBE_') && withCluster), [name]: value };
}

let pem: string;
beforeAll(async () => {
  pem = (await createTestAuthority()).certPem.trim();
});

describe('The setting', () => {
  it.each<{ name: SettingName; value: string; read: (config: Config) => unknown; as: unknown }>([
    { name: 'CWII_CLUSTER_NAME', value: ' prod-eu ', read: (config) => config.clusterName, as: 'prod-eu' },
    { name: 'CWII_AWS_ENABLED', value: 'false', read: (config) => config.mutate.providers.aws.enabled, as: false },
    { name: 'CWII_AWS_ENABLED', value: ' TRUE ', read: (config) => config.mutate.providers.aws.enabled, as: true },
    {
      name: 'CWII_AWS_DEFAULT_AUDIENCE',
      value: 'x',
      read: (config) => config.mutate.providers.aws.defaultAudience,
      as: 'x',
    },
    {
      name: 'CWII_AWS_VERIFY_IMAGE',
      value: 'cli:2',
      read: (config) => config.mutate.providers.aws.verifyImage,
      as: 'cli:2',
    },
    { name: 'CWII_TOKEN_EXPIRATION', value: '600', read: (config) => config.mutate.tokenExpiration, as: 600 },
    {
      name: 'CWII_TOKEN_EXPIRATION',
      value: '4294967296',
      read: (config) => config.mutate.tokenExpiration,
      as: 2 ** 32,
    },
    { name: 'CWII_MOUNT_ROOT', value: '/run/cwii', read: (config) => config.mutate.mountRoot, as: '/run/cwii' },
    { name: 'CWII_MOUNT_ROOT', value: '/a.b/..c', read: (config) => config.mutate.mountRoot, as: '/a.b/..c' },
    {
      name: 'CWII_OWNER_KINDS',
      value: 'argoproj.io/v1alpha1/rollouts=Rollout',
      read: (config) => config.mutate.ownerKinds.at(-1),
      as: { group: 'argoproj.io', version: 'v1alpha1', resource: 'rollouts', kind: 'Rollout' },
    },
    { name: 'CWII_ON_INVALID', value: 'deny', read: (config) => config.mutate.onInvalid, as: 'deny' },
    { name: 'CWII_ON_INVALID', value: 'warn', read: (config) => config.mutate.onInvalid, as: 'warn' },
    { name: 'CWII_ON_READ_FAILURE', value: 'deny', read: (config) => config.onReadFailure, as: 'deny' },
    { name: 'CWII_ON_READ_FAILURE', value: 'fail', read: (config) => config.onReadFailure, as: 'fail' },
    { name: 'CWII_CACHE_SECONDS', value: '0', read: (config) => config.cacheSeconds, as: 0 },
    { name: 'CWII_CACHE_SECONDS', value: '60', read: (config) => config.cacheSeconds, as: 60 },
    { name: 'CWII_DEADLINE_MARGIN_MS', value: '0', read: (config) => config.deadlineMarginMs, as: 0 },
    { name: 'CWII_DEADLINE_MARGIN_MS', value: '10000', read: (config) => config.deadlineMarginMs, as: 10_000 },
    {
      name: 'CWII_KUBE_API_URL',
      value: 'https://[::1]:6443/k8s',
      read: (config) => config.cluster?.url.href,
      as: 'https://[::1]:6443/k8s',
    },
    {
      name: 'CWII_KUBE_CREDENTIAL',
      value: 'file:token',
      read: (config) => config.cluster?.credential,
      as: { kind: 'file', path: 'token' },
    },
  ])('$name accepts "$value"', ({ name, value, read, as }) => {
    expect(read(parseConfig(envWith(name, value)))).toEqual(as);
  });
});

describe('The cloud setting', () => {
  const audience = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c';
  const id = '11111111-2222-3333-4444-AAAAAAAAAAAA';
  const clouds = ({ mutate }: Config) => mutate.providers;

  it.each<{ name: SettingName; value: string; read: (config: Config) => unknown; as: unknown }>([
    { name: 'CWII_AWS_DEFAULT_REGION', value: 'eu-x-1', read: (c) => clouds(c).aws.defaultRegion, as: 'eu-x-1' },
    { name: 'CWII_AWS_SET_DEFAULT_REGION', value: 'True', read: (c) => clouds(c).aws.setDefaultRegion, as: true },
    { name: 'CWII_AZ_ENABLED', value: 'false', read: (c) => clouds(c).az.enabled, as: false },
    { name: 'CWII_AZ_DEFAULT_AUDIENCE', value: 'x', read: (c) => clouds(c).az.defaultAudience, as: 'x' },
    { name: 'CWII_AZ_DEFAULT_TENANT_ID', value: id, read: (c) => clouds(c).az.defaultTenantId, as: id },
    { name: 'CWII_AZ_VERIFY_IMAGE', value: 'az:2', read: (c) => clouds(c).az.verifyImage, as: 'az:2' },
    { name: 'CWII_GCP_ENABLED', value: 'false', read: (c) => clouds(c).gcp.enabled, as: false },
    { name: 'CWII_GCP_DEFAULT_AUDIENCE', value: audience, read: (c) => clouds(c).gcp.defaultAudience, as: audience },
    {
      name: 'CWII_GCP_DEFAULT_AUDIENCE',
      value: `https:${audience}`,
      read: (c) => clouds(c).gcp.defaultAudience,
      as: `https:${audience}`,
    },
    { name: 'CWII_GCP_VERIFY_IMAGE', value: 'sdk:2', read: (c) => clouds(c).gcp.verifyImage, as: 'sdk:2' },
    { name: 'CWII_GCP_WRITER_IMAGE', value: 'sh:2', read: (c) => clouds(c).gcp.writerImage, as: 'sh:2' },
    {
      name: 'CWII_API_AUDIENCES',
      value: 'https://issuer.example.com, api',
      read: (c) => c.mutate.apiAudiences,
      as: ['https://issuer.example.com', 'api'],
    },
    { name: 'CWII_NATIVE_ANNOTATIONS', value: 'true', read: (c) => c.mutate.nativeAnnotations, as: true },
    { name: 'CWII_MARK_PODS', value: 'true', read: (c) => c.mutate.markPods, as: true },
    {
      name: 'CWII_KUBE_API_URL',
      value: 'https://a:6443',
      read: (c) => c.mutate.apiAudiences,
      as: ['https://a:6443/'],
    },
  ])('$name accepts "$value"', ({ name, value, read, as }) => {
    expect(read(parseConfig(envWith(name, value)))).toEqual(as);
  });
});

describe('The guard rail', () => {
  it.each<[GuardRail, SettingName]>([
    ['awsRoleArn', 'CWII_ALLOWED_ROLE_ARNS'],
    ['gcpServiceAccount', 'CWII_ALLOWED_GCP_SERVICE_ACCOUNTS'],
    ['azClientId', 'CWII_ALLOWED_AZ_CLIENT_IDS'],
    ['azAuthorityHost', 'CWII_ALLOWED_AZ_AUTHORITY_HOSTS'],
    ['audience', 'CWII_ALLOWED_AUDIENCES'],
    ['verifyImage', 'CWII_ALLOWED_VERIFY_IMAGES'],
    ['azTenantId', 'CWII_ALLOWED_AZ_TENANT_IDS'],
    ['gcpProject', 'CWII_ALLOWED_GCP_PROJECTS'],
    ['awsRegion', 'CWII_ALLOWED_AWS_REGIONS'],
  ])('%s is set with %s', (rail, name) => {
    const { allowed } = parseConfig(envWith(name, 'a*, ${namespace}/b ')).mutate;

    expect(guardRailSettings[rail]).toBe(name);
    expect(allowed[rail]?.map(({ text }) => text)).toEqual(['a*', '${namespace}/b']);
    expect(Object.values(allowed).filter((patterns) => patterns !== undefined)).toHaveLength(1);
  });
});

describe('An invalid value', () => {
  const badNumbers = ['', '-1', '1.5', '1e3', '0x10', 'ten', '1 0'].filter((text) => text !== '');
  it.each<{ name: SettingName; values: string[] }>([
    { name: 'CWII_CALLER_TOKEN_SHA256', values: ['x', 'ab'.repeat(31), 'zz'.repeat(32), `${'ab'.repeat(32)},`] },
    { name: 'CWII_PATH_KEY_SHA256', values: ['x', 'ab'.repeat(33)] },
    { name: 'CWII_ALLOW_ANONYMOUS', values: ['yes', '1'] },
    { name: 'CWII_AWS_ENABLED', values: ['yes', 'truetrue'] },
    { name: 'CWII_TOKEN_EXPIRATION', values: [...badNumbers, '599', '4294967297'] },
    { name: 'CWII_CACHE_SECONDS', values: [...badNumbers, '61'] },
    { name: 'CWII_DEADLINE_MARGIN_MS', values: [...badNumbers, '10001'] },
    {
      name: 'CWII_MOUNT_ROOT',
      values: ['/', 'run', '/run/', '/run//x', '/run/../etc', '/./run', '/run/..', '/a b', '/$(X)'],
    },
    // Each pod would have the API token's read-only mount above the path.
    {
      name: 'CWII_MOUNT_ROOT',
      values: ['/run/secrets/kubernetes.io/serviceaccount', '/var/run/secrets/kubernetes.io/serviceaccount/x'],
    },
    { name: 'CWII_OWNER_KINDS', values: ['Rollout', 'argoproj.io/v1alpha1/rollouts'] },
    { name: 'CWII_AWS_SET_DEFAULT_REGION', values: ['us-east-1'] },
    { name: 'CWII_NATIVE_ANNOTATIONS', values: ['eks'] },
    { name: 'CWII_MARK_PODS', values: ['eks'] },
    { name: 'CWII_AWS_DEFAULT_AUDIENCE', values: ['kubernetes', 'https://kubernetes.default.svc/'] },
    { name: 'CWII_AZ_DEFAULT_AUDIENCE', values: ['kubernetes.default'] },
    { name: 'CWII_AZ_DEFAULT_TENANT_ID', values: ['common', '11111111-2222-3333-4444-55555555555'] },
    { name: 'CWII_GCP_DEFAULT_AUDIENCE', values: ['my-pool', 'sts.googleapis.com', '//iam.googleapis.com/projects/p'] },
    { name: 'CWII_ALLOWED_ROLE_ARNS', values: ['a,,b', ',', 'a,'] },
    { name: 'CWII_ALLOWED_AUDIENCES', values: [',a'] },
    { name: 'CWII_ON_INVALID', values: ['fail', 'DENY', 'ignore'] },
    { name: 'CWII_ON_READ_FAILURE', values: ['warn', 'ignore'] },
    {
      name: 'CWII_KUBE_API_URL',
      values: [
        'api.example.com',
        'http://a',
        'https://',
        'https://u@a',
        'https://:p@a',
        'https://a?x=1',
        'https://a#x',
      ],
    },
    { name: 'CWII_WEB_IDENTITY_ALGORITHM', values: ['ES256', 'es384', 'none'] },
    { name: 'CWII_KUBE_CA', values: ['x', '-----BEGIN CERTIFICATE-----', '/etc/ca.pem'] },
  ])('of $name is rejected with its name: $values', ({ name, values }) => {
    for (const value of values) {
      const parse = () => parseConfig(envWith(name, value));
      expect(parse, value).toThrow(ConfigError);
      expect(parse, value).toThrow(`\n  - ${name}`);
    }
  });

  it('is not repeated in the error, because it may be a secret', () => {
    const secret = 'eyJhbGciOiJSUzI1NiJ9.e30.x';
    for (const name of ['CWII_CALLER_TOKEN_SHA256', 'CWII_PATH_KEY_SHA256', 'CWII_KUBE_CREDENTIAL'] as const) {
      expect(() => parseConfig(envWith(name, secret))).not.toThrow(secret);
    }
    expect(() => parseConfig(envWith('CWII_KUBE_API_URL', `https://admin:${secret}@a`))).not.toThrow(secret);
  });
});

describe('CWII_KUBE_CA', () => {
  const caOf = (text: string) => parseConfig(envWith('CWII_KUBE_CA', text)).cluster?.ca;

  it('keeps the PEM blocks and removes the text around them', () => {
    expect(caOf(`# our CA\n${pem}\n# the end`)).toBe(`${pem}\n`);
  });

  it('accepts several certificates', () => {
    expect(caOf(`${pem}\n\n${pem}`)).toBe(`${pem}\n${pem}\n`);
  });

  it('accepts one line with line breaks written as \\n', () => {
    expect(caOf(pem.replaceAll('\n', '\\n'))?.replaceAll('\r', '')).toBe(`${pem}\n`.replaceAll('\r', ''));
  });

  it('rejects a PEM block that is not a certificate', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----';

    expect(() => caOf(`${pem}\n${broken}`)).toThrow('CWII_KUBE_CA contains a PEM block that is not a certificate');
  });

  it('rejects a private key', () => {
    expect(() => caOf('-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----')).toThrow(
      'CWII_KUBE_CA contains no PEM certificate',
    );
  });
});

describe('The documentation of settings', () => {
  it.each(Object.entries(settingDocs).filter(([name]) => name !== 'CWII_KUBE_CA'))(
    'has a valid example for %s',
    (name, { example }) => {
      const { parse }: Setting<unknown> = settings[name as SettingName];
      expect(() => parse(example)).not.toThrow();
    },
  );
});
