// Knows what becomes of a pod whose scopes are known: several clouds, each with its own fate, and whose word denies.

import { describe, expect, it } from 'vitest';
import { type Decided, decide } from '../../../lib/admission/decide.ts';
import type { ScopeKind, ScopesRead } from '../../../lib/annotations/scopes.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { type PodManifest, podOf, roleArn } from '../../fakes/events.ts';
import { type Annotations, scopeOf } from '../../fakes/planning.ts';
import { viewOf } from '../../fakes/views.ts';

const id = '11111111-2222-3333-4444-555555555555';
const aws = { 'cwii.dev/aws-role-arn': roleArn };
const az = { 'cwii.dev/az-client-id': id, 'cwii.dev/az-tenant-id': id };
const gcp = {
  'cwii.dev/gcp-inject': 'true',
  'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
};

interface Example {
  readonly env?: Record<string, string>;
  readonly apiAudiences?: readonly string[];
  readonly change?: (pod: PodManifest) => void;
}

function decided(scopes: Partial<Record<ScopeKind, Annotations>>, example: Example = {}): Decided {
  const raw = podOf((pod) => {
    pod.metadata.annotations = { ...scopes.pod };
    example.change?.(pod);
  });
  const view = viewOf(raw);
  const pod = {
    namespace: 'shop',
    displayName: 'web',
    annotations: scopes.pod ?? {},
    labels: raw.metadata.labels ?? {},
    ownerReferences: [],
    serviceAccountName: raw.spec.serviceAccountName,
  };
  const kinds = ['pod', 'owner', 'serviceaccount', 'namespace'] as const;
  const read: ScopesRead = {
    scopes: kinds.map((kind) => scopeOf(kind, scopes[kind] ?? {})),
    findings: [],
    attempts: 0,
    cached: false,
  };
  const { apiAudiences } = example;
  return decide({ raw, view, pod, read, reads: 3, apiAudiences }, parseMutateSettings(example.env ?? {}));
}
const codesOf = ({ findings }: Decided) => findings.map(({ code }) => code);

describe('a pod that asks for three clouds', () => {
  it('gets all of them, each from its own scope', () => {
    expect(decided({ pod: aws, serviceaccount: az, namespace: gcp })).toMatchObject({
      kind: 'admitted',
      injected: ['aws', 'az', 'gcp'],
      findings: [],
      reads: 3,
      withholds: false,
    });
  });

  it('is refused where one of them is impossible, with that one named', () => {
    const verdict = decided({ pod: { ...aws, ...az, 'cwii.dev/az-client-id': 'x' } });

    expect(verdict).toMatchObject({ kind: 'denied', injected: [], withholds: true });
    expect(verdict.findings).toMatchObject([{ code: 'az-id-invalid', key: 'cwii.dev/az-client-id', severity: 'deny' }]);
    expect(verdict).not.toHaveProperty('patch');
  });

  it('gets the others where one is skipped, and that withholds something', () => {
    expect(decided({ pod: aws, namespace: { 'cwii.dev/gcp-inject': 'true' } })).toMatchObject({
      kind: 'admitted',
      injected: ['aws'],
      findings: [{ code: 'gcp-audience-missing' }],
      withholds: true,
    });
  });

  it('gets the others where it says no to one, which withholds nothing', () => {
    expect(decided({ pod: { ...aws, ...az, 'cwii.dev/az-inject': 'false' } })).toMatchObject({
      injected: ['aws'],
      findings: [],
      withholds: false,
    });
  });

  it('gets each in the containers that were chosen, and is told once of a name that is none', () => {
    const verdict = decided(
      { pod: { ...aws, ...az, ...gcp }, namespace: { 'cwii.dev/skip-containers': 'proxy,prxoy' } },
      {
        change: ({ spec }) => {
          spec.containers = [{ name: 'app' }, { name: 'proxy' }];
        },
      },
    );

    expect(codesOf(verdict)).toEqual(['container-unknown']);
    expect(JSON.stringify('patch' in verdict && verdict.patch)).not.toContain('/spec/containers/1/');
  });
});

describe('a pod whose containers were all skipped', () => {
  it('gets nothing, and that withholds everything', () => {
    expect(decided({ pod: { ...aws, 'cwii.dev/skip-containers': 'app' } })).toMatchObject({
      kind: 'admitted',
      patch: [],
      injected: [],
      withholds: true,
    });
  });
});

describe('a value that makes an identity impossible', () => {
  const bad = { 'cwii.dev/aws-role-arn': 'web' };

  it.each([
    { scope: 'pod', kind: 'denied' },
    { scope: 'owner', kind: 'denied' },
    { scope: 'serviceaccount', kind: 'admitted' },
    { scope: 'namespace', kind: 'admitted' },
  ] as const)('on the $scope has the pod $kind', ({ scope, kind }) => {
    expect(decided({ [scope]: bad })).toMatchObject({ kind, injected: [] });
    expect(decided({ [scope]: bad }, { env: { CWII_ON_INVALID: 'warn' } }).kind).toBe('admitted');
    expect(decided({ [scope]: bad }, { env: { CWII_ON_INVALID: 'deny' } }).kind).toBe('denied');
  });

  it('in another product’s words only warns, and does not stop the other clouds', () => {
    const serviceaccount = { 'eks.amazonaws.com/role-arn': 'web' };
    const verdict = decided({ pod: az, serviceaccount }, { env: { CWII_NATIVE_ANNOTATIONS: 'true' } });

    expect(verdict).toMatchObject({ kind: 'admitted', injected: ['az'] });
    expect(verdict.findings).toMatchObject([
      { code: 'aws-role-arn-invalid', severity: 'warn', key: 'eks.amazonaws.com/role-arn' },
    ]);
  });

  it('in another product’s words on the pod itself warns too', () => {
    const change = ({ metadata }: PodManifest) => {
      metadata.labels = { 'azure.workload.identity/use': 'true' };
    };
    const pod = { 'azure.workload.identity/service-account-token-expiration': 'an hour' };
    const serviceaccount = { 'azure.workload.identity/client-id': 'web', 'azure.workload.identity/tenant-id': id };
    const env = { CWII_NATIVE_ANNOTATIONS: 'true' };

    const invalid = decided({ pod, serviceaccount }, { env, change });
    const valid = { ...serviceaccount, 'azure.workload.identity/client-id': id };
    const mended = decided({ pod, serviceaccount: valid }, { env, change });

    expect(invalid).toMatchObject({ kind: 'admitted', injected: [], findings: [{ code: 'az-id-invalid' }] });
    expect(mended).toMatchObject({ injected: ['az'], findings: [{ code: 'token-expiration-unreadable' }] });
    expect(decided({ pod, serviceaccount: valid }, { env }).injected).toEqual([]);
  });
});

describe('an audience that would be a key to the cluster', () => {
  const asking = (audience: string, example: Example) =>
    decided({ serviceaccount: { ...aws, 'cwii.dev/aws-audience': audience } }, example);

  it.each([
    { what: 'by its name', audience: 'kubernetes', example: {} },
    {
      what: 'by the configured URL',
      audience: 'https://api.example.com:6443',
      example: { env: { CWII_KUBE_API_URL: 'https://api.example.com:6443/' } },
    },
    {
      what: 'by the API server’s tokens',
      audience: 'https://issuer.example.com/',
      example: { apiAudiences: ['https://issuer.example.com'] },
    },
    {
      what: 'by both',
      audience: 'api',
      example: { apiAudiences: ['api'], env: { CWII_KUBE_API_URL: 'https://api.example.com:6443/' } },
    },
  ])('is refused wherever it stands, $what', ({ audience, example }) => {
    expect(asking(audience, example)).toMatchObject({
      kind: 'denied',
      findings: [{ code: 'audience-of-api-server', severity: 'deny', scope: 'serviceaccount' }],
    });
  });
});
