// Tests which settings of containers a verify container takes over, and which it reports.

import { describe, expect, it } from 'vitest';
import { inheritSettings, type SettingsSource } from '../../../lib/injection/inherit-settings.ts';
import type { VolumeView } from '../../../lib/kubernetes/review.ts';
import { awsSettings, azureSettings, gcpSettings } from '../../../lib/providers/network-settings.ts';
import type { EnvVar, InheritedSettings, OwnContainerPlan } from '../../../lib/providers/plan.ts';

const enforcedAt = { key: 'verify-enforce', scope: 'pod', object: 'Pod default/web' } as const;
const ownEnv: readonly EnvVar[] = [
  { name: 'AWS_ROLE_ARN', value: 'role' },
  { name: 'AWS_REGION', value: 'eu-central-1' },
  { name: 'AZURE_CLOUD_NAME', value: 'AzureCloud' },
  { name: 'HOME', value: '/tmp' },
];
const ownMounts = [
  { name: 'token', mountPath: '/var/run/secrets/cwii.dev/aws', readOnly: true },
  { name: 'scratch', mountPath: '/tmp' },
] as const;
const region = { AWS_REGION: 'eu-central-1' };

interface Container {
  readonly env?: Readonly<Record<string, string | object>>;
  readonly mounts?: Readonly<Record<string, string | object>>;
  readonly envFrom?: object[];
}

function sourceOf({ env = {}, mounts = {}, envFrom }: Container): SettingsSource {
  const variables = Object.entries({ ...region, ...env }).map(([name, value]): [string, EnvVar] => [
    name,
    typeof value === 'string' ? { name, value } : { name, valueFrom: value as Record<string, unknown> },
  ]);
  const volumeMounts = Object.entries(mounts).map(([name, path]) =>
    typeof path === 'string' ? { name, mountPath: path } : { name, mountPath: '', ...path },
  );
  return { view: { name: 'app', volumeMounts, ...(envFrom && { envFrom }) }, variables: new Map(variables) };
}

const volumes: Record<string, VolumeView> = {
  ca: { name: 'ca', configMap: { name: 'ca' } },
  other: { name: 'other', secret: { secretName: 'other' } },
  empty: { name: 'empty', emptyDir: {} },
};

function inherited(containers: readonly Container[], settings: InheritedSettings = awsSettings, enforced = true) {
  const container = { name: 'cwii-verify', image: 'i', command: [], env: ownEnv, volumeMounts: ownMounts };
  const own: OwnContainerPlan = {
    role: 'verifier',
    container,
    volumes: [],
    inherits: { ...settings, ...(enforced && { enforcedAt }) },
  };
  const result = inheritSettings(own, containers.map(sourceOf), new Map(Object.entries(volumes)));
  const { env, volumeMounts } = result.own.container;
  return {
    added: env.filter((variable) => !ownEnv.includes(variable)),
    removed: ownEnv.filter((variable) => !env.includes(variable)).map(({ name }) => name),
    mounts: volumeMounts.slice(ownMounts.length),
    findings: result.findings,
  };
}

const unchanged = { added: [], removed: [], mounts: [], findings: [] };
const proxy = { HTTPS_PROXY: 'http://proxy:3128' };
const secret = { secretKeyRef: { name: 's', key: 'k' } };

describe('A verify container', () => {
  it('takes a variable that all containers set alike, or that only one sets', () => {
    const expected = { ...unchanged, added: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }] };

    expect(inherited([{ env: proxy }, { env: proxy }])).toEqual(expected);
    expect(inherited([{}, { env: proxy }])).toEqual(expected);
  });

  it('takes no other variables, and none that are empty', () => {
    expect(inherited([{ env: { PASSWORD: 'x', HTTPS_PROXY: '', AWS_ACCESS_KEY_ID: 'AKIA' } }])).toEqual(unchanged);
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'])(
    'takes %s for every cloud',
    (name) => {
      for (const settings of [awsSettings, azureSettings, gcpSettings])
        expect(inherited([{ env: { [name]: 'p' } }], settings).added).toEqual([{ name, value: 'p' }]);
    },
  );

  it('reports a variable that two containers set differently, and keeps its own value', () => {
    const { added, removed, findings } = inherited([{ env: { AWS_REGION: 'us-east-1', ...proxy } }, { env: proxy }]);

    expect({ added: added.map(({ name }) => name), removed }).toEqual({ added: ['HTTPS_PROXY'], removed: [] });
    expect(findings).toMatchObject([{ code: 'verify-settings-not-copied', severity: 'warn', key: 'verify-enforce' }]);
    expect(findings[0]?.message).toContain('AWS_REGION');
  });

  it('reports nothing if the verification is not enforced', () => {
    expect(inherited([{ env: { AWS_REGION: 'us-east-1' } }, {}], awsSettings, false)).toEqual(unchanged);
  });

  it('takes the region of the containers in place of its own', () => {
    const ofContainer = sourceOf({ env: { AWS_DEFAULT_REGION: 'us-east-1' } });
    const variables = new Map([...ofContainer.variables].filter(([name]) => name !== 'AWS_REGION'));
    const container = { name: 'v', image: 'i', command: [], env: ownEnv, volumeMounts: ownMounts };
    const own: OwnContainerPlan = { role: 'verifier', container, volumes: [], inherits: awsSettings };
    const names = inheritSettings(own, [{ ...ofContainer, variables }], new Map()).own.container.env.map(
      ({ name }) => name,
    );

    expect(names).toContain('AWS_DEFAULT_REGION');
    expect(names).not.toContain('AWS_REGION');
  });

  it('leaves a container that inherits nothing as it is', () => {
    const container = { name: 'w', image: 'i', command: [], env: ownEnv, volumeMounts: ownMounts };
    const own: OwnContainerPlan = { role: 'writer', container, volumes: [] };

    expect(inheritSettings(own, [sourceOf({ env: proxy })], new Map())).toEqual({ own, findings: [] });
  });
});

describe('A verify container, for a variable with a source,', () => {
  it.each([secret, { configMapKeyRef: { name: 'c', key: 'k' } }, { fieldRef: { fieldPath: 'status.hostIP' } }])(
    'takes %j',
    (valueFrom) => {
      expect(inherited([{ env: { HTTPS_PROXY: valueFrom } }]).added).toEqual([{ name: 'HTTPS_PROXY', valueFrom }]);
    },
  );

  it('reports a source that means the container itself', () => {
    const resource = { resourceFieldRef: { resource: 'limits.cpu' } };

    expect(inherited([{ env: { HTTPS_PROXY: resource } }])).toMatchObject({ added: [], findings: [{}] });
  });

  it('takes the variables that a value refers to, before it', () => {
    const env = { HTTPS_PROXY: 'http://u:$(PASSWORD)@$(HOST):3128', PASSWORD: secret, HOST: 'proxy', UNUSED: 'x' };

    expect(inherited([{ env }]).added).toEqual([
      { name: 'PASSWORD', valueFrom: secret },
      { name: 'HOST', value: 'proxy' },
      { name: 'HTTPS_PROXY', value: env.HTTPS_PROXY },
    ]);
  });

  it.each<[what: string, container: Container]>([
    ['from envFrom', { env: { HTTPS_PROXY: 'http://$(HOST)' }, envFrom: [{ configMapRef: { name: 'c' } }] }],
    ['that refers to another one', { env: { HTTPS_PROXY: 'http://$(HOST)', HOST: '$(NAME)', NAME: 'proxy' } }],
    ['to itself', { env: { HTTPS_PROXY: '$(HTTPS_PROXY)' } }],
    ['that the check sets differently', { env: { HTTPS_PROXY: 'http://$(HOME)', HOME: '/home/app' } }],
  ])('reports a reference to a variable %s', (_, container) => {
    expect(inherited([container])).toMatchObject({ added: [], mounts: [], removed: [], findings: [{}] });
  });

  it('reports references that mean different values', () => {
    const one = { env: { HTTPS_PROXY: 'http://$(HOST)', HOST: 'a' } };
    const other = { env: { HTTPS_PROXY: 'http://$(HOST)', HOST: 'b' } };

    expect(inherited([one, other])).toMatchObject({ added: [], findings: [{}] });
  });

  it('takes a reference to a variable of a Service, and an escaped one', () => {
    const value = 'http://$(PROXY_SERVICE_HOST)/$$(X)';

    expect(inherited([{ env: { HTTPS_PROXY: value } }])).toMatchObject({ added: [{ value }], findings: [] });
  });
});

describe('A verify container, for a CA bundle,', () => {
  const bundle = { env: { AWS_CA_BUNDLE: '/etc/corp/x/ca.pem' } };

  it('takes the mount that contains the file, read-only', () => {
    const mounts = { other: '/etc/corp', ca: { mountPath: '/etc/corp/x', subPath: 'pem' } };

    expect(inherited([{ ...bundle, mounts }])).toEqual({
      ...unchanged,
      added: [{ name: 'AWS_CA_BUNDLE', value: '/etc/corp/x/ca.pem' }],
      mounts: [{ name: 'ca', mountPath: '/etc/corp/x', subPath: 'pem', readOnly: true }],
    });
  });

  it.each([
    { settings: awsSettings, name: 'AWS_CA_BUNDLE' },
    { settings: azureSettings, name: 'REQUESTS_CA_BUNDLE' },
    { settings: gcpSettings, name: 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE' },
  ])('sets $name, which the tool of the cloud reads', ({ settings, name }) => {
    const containers = [{ env: { SSL_CERT_FILE: '/certs/ca.pem' }, mounts: { ca: '/certs' } }];

    expect(inherited(containers, settings)).toMatchObject({
      added: [{ name: 'SSL_CERT_FILE' }, { name, value: '/certs/ca.pem' }],
      mounts: [{ name: 'ca' }],
      findings: [],
    });
  });

  it.each<[what: string, container: Container]>([
    ['in the image', bundle],
    ['in a volume that is still empty', { ...bundle, mounts: { empty: '/etc/corp' } }],
    ['in a volume that the pod does not have', { ...bundle, mounts: { unknown: '/etc/corp' } }],
    ['at a path from a ConfigMap', { env: { AWS_CA_BUNDLE: secret }, mounts: { ca: '/etc/corp' } }],
    ['at a path with a reference', { env: { AWS_CA_BUNDLE: '/etc/corp/$(X)' }, mounts: { ca: '/etc/corp' } }],
    ['at a relative path', { env: { AWS_CA_BUNDLE: 'ca.pem' }, mounts: { ca: '/' } }],
    ['below a path with a reference', { ...bundle, mounts: { ca: { mountPath: '/etc/corp', subPathExpr: '$(X)' } } }],
    ['in a mount that would hide the tool', { ...bundle, mounts: { ca: '/etc' } }],
    ['in a mount that would hide the token', { env: { AWS_CA_BUNDLE: '/run/ca.pem' }, mounts: { ca: '/run' } }],
    ['in a mount at the place of the home', { env: { AWS_CA_BUNDLE: '/tmp/ca.pem' }, mounts: { ca: '/tmp' } }],
  ])('reports one %s', (_, container) => {
    expect(inherited([container])).toMatchObject({ added: [], mounts: [], removed: [], findings: [{}] });
  });

  it('takes one below its writable home', () => {
    const container = { env: { AWS_CA_BUNDLE: '/tmp/ca/ca.pem' }, mounts: { ca: '/tmp/ca' } };

    expect(inherited([container])).toMatchObject({ mounts: [{ mountPath: '/tmp/ca' }], findings: [] });
  });

  it('reports the second of two mounts of which one is below the other', () => {
    const one = { env: { AWS_CA_BUNDLE: '/certs/a.pem' }, mounts: { ca: '/certs' } };
    const other = { env: { SSL_CERT_FILE: '/certs/x/b.pem' }, mounts: { other: '/certs/x' } };

    const { mounts, findings } = inherited([one, other]);
    expect(mounts).toEqual([{ name: 'ca', mountPath: '/certs', readOnly: true }]);
    expect(findings[0]?.message).toContain('SSL_CERT_FILE');
  });

  it('adds one mount for two variables', () => {
    const env = { AWS_CA_BUNDLE: '/certs/a.pem', SSL_CERT_FILE: '/certs/a.pem' };

    expect(inherited([{ env, mounts: { ca: '/certs' } }]).mounts).toHaveLength(1);
  });
});

describe('The verify container of Azure', () => {
  const values = { 'https://login.microsoftonline.us/': 'AzureUSGovernment' };
  const settings = { ...azureSettings, derived: { from: 'AZURE_AUTHORITY_HOST', name: 'AZURE_CLOUD_NAME', values } };

  it.each(['https://login.microsoftonline.us/', 'https://login.microsoftonline.us'])(
    'selects the cloud of the authority host %s',
    (host) => {
      const { added, removed } = inherited([{ env: { AZURE_AUTHORITY_HOST: host } }], settings);

      expect(added).toContainEqual({ name: 'AZURE_CLOUD_NAME', value: 'AzureUSGovernment' });
      expect(removed).toContain('AZURE_CLOUD_NAME');
    },
  );

  it('reports an authority host that the Azure CLI does not know', () => {
    const { findings } = inherited([{ env: { AZURE_AUTHORITY_HOST: 'https://login.example.com/' } }], settings);

    expect(findings[0]?.message).toContain('AZURE_AUTHORITY_HOST');
  });
});
