// Knows other products' annotations: on which objects each counts, for which key of cwii, and when cwii's own wins.

import { describe, expect, it } from 'vitest';
import { annotationKeys, type KeyName } from '../../../lib/annotations/keys.ts';
import { isNativeAnnotation, nativeKeys, nativeSkipContainers } from '../../../lib/annotations/native-keys.ts';
import { resolve } from '../../../lib/annotations/resolve.ts';
import type { ScopeKind } from '../../../lib/annotations/scopes.ts';
import { type Annotations, scopeOf } from '../../fakes/planning.ts';

const kinds: ScopeKind[] = ['pod', 'owner', 'serviceaccount', 'namespace'];
const use = { 'azure.workload.identity/use': 'true' };
const nativeOn = (annotations: Partial<Record<ScopeKind, Annotations>>, podLabels: Annotations = use) =>
  resolve(
    kinds.map((kind) => scopeOf(kind, annotations[kind] ?? {})),
    { podLabels },
  );

/** Written down once more, from the three webhooks' sources. */
const counted: { native: string; key: KeyName; on: ScopeKind[]; value: string }[] = [
  { native: 'eks.amazonaws.com/role-arn', key: 'cwii.dev/aws-role-arn', on: ['serviceaccount'], value: 'x' },
  { native: 'eks.amazonaws.com/audience', key: 'cwii.dev/aws-audience', on: ['serviceaccount'], value: 'x' },
  {
    native: 'eks.amazonaws.com/token-expiration',
    key: 'cwii.dev/aws-token-expiration',
    on: ['pod', 'serviceaccount'],
    value: '900',
  },
  {
    native: 'eks.amazonaws.com/sts-regional-endpoints',
    key: 'cwii.dev/aws-sts-regional-endpoints',
    on: ['serviceaccount'],
    value: 'true',
  },
  { native: 'azure.workload.identity/client-id', key: 'cwii.dev/az-client-id', on: ['serviceaccount'], value: 'x' },
  { native: 'azure.workload.identity/tenant-id', key: 'cwii.dev/az-tenant-id', on: ['serviceaccount'], value: 'x' },
  {
    native: 'azure.workload.identity/service-account-token-expiration',
    key: 'cwii.dev/az-token-expiration',
    on: ['pod', 'serviceaccount'],
    value: '900',
  },
  {
    native: 'cloud.google.com/workload-identity-provider',
    key: 'cwii.dev/gcp-audience',
    on: ['serviceaccount'],
    value: '//x',
  },
  {
    native: 'cloud.google.com/service-account-email',
    key: 'cwii.dev/gcp-service-account',
    on: ['serviceaccount'],
    value: 'x',
  },
  { native: 'cloud.google.com/audience', key: 'cwii.dev/gcp-token-audience', on: ['serviceaccount'], value: 'x' },
  {
    native: 'cloud.google.com/token-expiration',
    key: 'cwii.dev/gcp-token-expiration',
    on: ['pod', 'serviceaccount'],
    value: '900',
  },
  { native: 'iam.gke.io/gcp-service-account', key: 'cwii.dev/gcp-service-account', on: ['serviceaccount'], value: 'x' },
];

describe('another product’s annotation', () => {
  it.each(counted)('$native counts on $on alone', ({ native, key, on, value }) => {
    for (const kind of kinds) {
      const found = nativeOn({ [kind]: { [native]: value } }).get(key);
      expect(found?.source.kind, kind).toBe(on.includes(kind) ? kind : undefined);
    }
  });

  it.each(counted)('$native stands for $key, and says so', ({ native, key, on, value }) => {
    const kind = on[0] ?? 'pod';

    expect(nativeOn({ [kind]: { [native]: ` ${value} ` } }).get(key)).toMatchObject({
      key: native,
      native: true,
      value: annotationKeys[key] === 'boolean' ? true : value,
      raw: ` ${value} `,
      source: { kind },
    });
  });

  it.each(counted)('$native is nothing to who has not switched it on', ({ native, key, on, value }) => {
    const resolution = resolve([scopeOf(on[0] ?? 'pod', { [native]: value })]);

    expect(resolution.get(key)).toBeUndefined();
    expect(resolution.findings).toEqual([]);
  });

  it.each(counted)('$native gives way to $key from any scope', ({ native, key, on, value }) => {
    for (const kind of kinds) {
      const own = annotationKeys[key] === 'boolean' ? 'false' : 'own';
      const native1 = Object.fromEntries(on.map((scope) => [scope, { [native]: value }]));
      const found = nativeOn({ ...native1, [kind]: { ...native1[kind], [key]: own } }).get(key);
      expect(found, kind).toMatchObject({ native: false, raw: own, source: { kind } });
    }
  });

  it.each(counted.filter(({ on }) => on.includes('pod')))('$native on the pod wins', ({ native, key }) => {
    const both = { pod: { [native]: '700' }, serviceaccount: { [native]: '800' } };

    expect(nativeOn(both).get(key)?.value).toBe('700');
    expect(nativeOn({ ...both, pod: { [native]: ' ' } }).get(key)?.value).toBe('800');
  });

  it('is told from all others', () => {
    const all = [...nativeKeys, ...Object.values(nativeSkipContainers)].map(({ native }) => native);

    expect(all.filter((name) => !isNativeAnnotation(name))).toEqual([]);
    expect(new Set(all)).toEqual(
      new Set([
        ...counted.map(({ native }) => native),
        ...Object.values(nativeSkipContainers).map((key) => key.native),
      ]),
    );
    expect(['eks.amazonaws.com/role', 'cwii.dev/aws-role-arn', 'toString', ''].filter(isNativeAnnotation)).toEqual([]);
  });
});

describe('the label of Azure workload identity', () => {
  const client = { serviceaccount: { 'azure.workload.identity/client-id': 'x' } };

  it.each([{}, { 'azure.workload.identity/use': 'false' }, { 'azure.workload.identity/use': 'True' }])(
    'is what a client ID needs to count: not with %j',
    (labels) => {
      const resolution = nativeOn(client, labels);

      expect(resolution.get('cwii.dev/az-client-id')).toBeUndefined();
      expect(resolution.get('cwii.dev/az-inject')).toBeUndefined();
    },
  );

  it('asks for Azure, as cwii’s switch does', () => {
    expect(nativeOn({}).get('cwii.dev/az-inject')).toMatchObject({
      key: 'label azure.workload.identity/use',
      native: true,
      value: true,
      source: { kind: 'pod' },
    });
  });

  it('gives way to cwii’s switch from any scope', () => {
    expect(nativeOn({ namespace: { 'cwii.dev/az-inject': 'false' } }).get('cwii.dev/az-inject')?.value).toBe(false);
  });

  it('is no label of an annotation', () => {
    expect(nativeOn({ pod: use }, {}).get('cwii.dev/az-inject')).toBeUndefined();
  });

  it('counts on a pod alone', () => {
    expect(resolve([scopeOf('serviceaccount', {})], { podLabels: use }).get('cwii.dev/az-inject')).toBeUndefined();
  });
});

describe('the annotations of GCP’s federation webhook', () => {
  const provider = 'projects/1/locations/global/workloadIdentityPools/p/providers/c';
  const on = (annotations: Annotations) => nativeOn({ serviceaccount: annotations });
  const native = { 'cloud.google.com/workload-identity-provider': provider };

  it('name the provider without the host, which is added', () => {
    expect(on(native).get('cwii.dev/gcp-audience')?.value).toBe(`//iam.googleapis.com/${provider}`);
    expect(
      on({ 'cloud.google.com/workload-identity-provider': `//iam.googleapis.com/${provider}` }).get(
        'cwii.dev/gcp-audience',
      )?.value,
    ).toBe(`//iam.googleapis.com/${provider}`);
  });

  it('come with their own audience of the token, unless another is written', () => {
    expect(on(native).get('cwii.dev/gcp-token-audience')?.value).toBe('sts.googleapis.com');
    expect(on({ ...native, 'cloud.google.com/audience': 'x' }).get('cwii.dev/gcp-token-audience')?.value).toBe('x');
    expect(on({ ...native, 'cwii.dev/gcp-token-audience': 'y' }).get('cwii.dev/gcp-token-audience')?.value).toBe('y');
  });

  it('leave the token’s audience alone where cwii’s own provider counts', () => {
    const resolution = on({ ...native, 'cwii.dev/gcp-audience': 'own' });

    expect(resolution.get('cwii.dev/gcp-token-audience')).toBeUndefined();
  });

  it('win over GKE’s for the service account', () => {
    const both = { 'iam.gke.io/gcp-service-account': 'gke', 'cloud.google.com/service-account-email': 'pf' };

    expect(on(both).get('cwii.dev/gcp-service-account')?.value).toBe('pf');
  });
});

describe('what is not carried over', () => {
  const key = 'azure.workload.identity/inject-proxy-sidecar';

  it('is warned of on the pod that has it, as its own webhook reads it there', () => {
    expect(nativeOn({ pod: { [key]: 'true' } }).findings).toMatchObject([
      { code: 'az-proxy-sidecar', severity: 'warn', key, scope: 'pod' },
    ]);
    expect(nativeOn({ serviceaccount: { [key]: 'true' } }).findings).toEqual([]);
    expect(resolve([scopeOf('pod', { [key]: 'true' })]).findings).toEqual([]);
  });

  it('is a switch that cannot be read, with a warning', () => {
    const annotations = { 'eks.amazonaws.com/sts-regional-endpoints': 'regional' };

    const resolution = nativeOn({ serviceaccount: annotations });

    expect(resolution.get('cwii.dev/aws-sts-regional-endpoints')).toBeUndefined();
    expect(resolution.findings).toMatchObject([
      { code: 'boolean-unreadable', key: 'eks.amazonaws.com/sts-regional-endpoints', scope: 'serviceaccount' },
    ]);
  });
});

describe('the lists of skipped containers', () => {
  it.each(Object.entries(nativeSkipContainers))('of %s count on the pod alone', (id, { native }) => {
    for (const kind of kinds) {
      const skips = nativeOn({ [kind]: { [native]: 'a' } }).nativeSkips;
      expect(skips[id as keyof typeof skips]?.value, kind).toBe(kind === 'pod' ? 'a' : undefined);
    }
    expect(resolve([scopeOf('pod', { [native]: 'a' })]).nativeSkips).toEqual({
      aws: undefined,
      az: undefined,
      gcp: undefined,
    });
  });

  it('have semicolons for Azure, and commas for the others', () => {
    const written = Object.values(nativeSkipContainers).map(({ native }) => [native, 'a; b']);

    const { aws, az, gcp } = nativeOn({ pod: Object.fromEntries(written) }).nativeSkips;

    expect([aws?.value, az?.value, gcp?.value]).toEqual(['a; b', 'a, b', 'a; b']);
  });
});
