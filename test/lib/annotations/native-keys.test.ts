// Tests annotations of other products: on which objects each counts, and which key of cwii it replaces.

import { describe, expect, it } from 'vitest';
import { annotationKeys, type KeyName } from '../../../lib/annotations/keys.ts';
import { isNativeAnnotation, nativeKeys, nativeSkipContainers } from '../../../lib/annotations/native-keys.ts';
import { resolve } from '../../../lib/annotations/resolve.ts';
import type { ScopeKind } from '../../../lib/annotations/scope.ts';
import { type Annotations, scopeOf } from '../../fakes/evaluation.ts';

const kinds: ScopeKind[] = ['pod', 'owner', 'serviceaccount', 'namespace'];
const use = { 'azure.workload.identity/use': 'true' };
const nativeOn = (annotations: Partial<Record<ScopeKind, Annotations>>, podLabels: Annotations = use) =>
  resolve(
    kinds.map((kind) => scopeOf(kind, annotations[kind] ?? {})),
    { podLabels },
  );

/** Independent of the product code: taken from the sources of the other webhooks. */
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

describe('The annotation', () => {
  it.each(counted)('$native counts only on $on', ({ native, key, on, value }) => {
    for (const kind of kinds) {
      const found = nativeOn({ [kind]: { [native]: value } }).get(key);
      expect(found?.source.kind, kind).toBe(on.includes(kind) ? kind : undefined);
    }
  });

  it.each(counted)('$native replaces $key and keeps its own name', ({ native, key, on, value }) => {
    const kind = on[0] ?? 'pod';

    expect(nativeOn({ [kind]: { [native]: ` ${value} ` } }).get(key)).toMatchObject({
      key: native,
      native: true,
      value: annotationKeys[key] === 'boolean' ? true : value,
      raw: ` ${value} `,
      source: { kind },
    });
  });

  it.each(counted)('$native is ignored unless it is enabled', ({ native, key, on, value }) => {
    const resolution = resolve([scopeOf(on[0] ?? 'pod', { [native]: value })]);

    expect(resolution.get(key)).toBeUndefined();
    expect(resolution.findings).toEqual([]);
  });

  it.each(counted)('$native is overridden by $key on any scope', ({ native, key, on, value }) => {
    for (const kind of kinds) {
      const own = annotationKeys[key] === 'boolean' ? 'false' : 'own';
      const native1 = Object.fromEntries(on.map((scope) => [scope, { [native]: value }]));
      const found = nativeOn({ ...native1, [kind]: { ...native1[kind], [key]: own } }).get(key);
      expect(found, kind).toMatchObject({ native: false, raw: own, source: { kind } });
    }
  });

  it.each(counted.filter(({ on }) => on.includes('pod')))(
    '$native on the pod overrides the one on the ServiceAccount',
    ({ native, key }) => {
      const both = { pod: { [native]: '700' }, serviceaccount: { [native]: '800' } };

      expect(nativeOn(both).get(key)?.value).toBe('700');
      expect(nativeOn({ ...both, pod: { [native]: ' ' } }).get(key)?.value).toBe('800');
    },
  );
});

describe('isNativeAnnotation', () => {
  it('recognises exactly the annotations of other products', () => {
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

describe('The label of Azure workload identity', () => {
  const client = { serviceaccount: { 'azure.workload.identity/client-id': 'x' } };

  it.each([{}, { 'azure.workload.identity/use': 'false' }, { 'azure.workload.identity/use': 'True' }])(
    'is required for a client ID, which is ignored with the labels %j',
    (labels) => {
      const resolution = nativeOn(client, labels);

      expect(resolution.get('cwii.dev/az-client-id')).toBeUndefined();
      expect(resolution.get('cwii.dev/az-inject')).toBeUndefined();
    },
  );

  it('requests Azure as az-inject does', () => {
    expect(nativeOn({}).get('cwii.dev/az-inject')).toMatchObject({
      key: 'label azure.workload.identity/use',
      native: true,
      value: true,
      source: { kind: 'pod' },
    });
  });

  it('is overridden by az-inject on any scope', () => {
    expect(nativeOn({ namespace: { 'cwii.dev/az-inject': 'false' } }).get('cwii.dev/az-inject')?.value).toBe(false);
  });

  it('does not count as an annotation', () => {
    expect(nativeOn({ pod: use }, {}).get('cwii.dev/az-inject')).toBeUndefined();
  });

  it('counts only on a pod', () => {
    expect(resolve([scopeOf('serviceaccount', {})], { podLabels: use }).get('cwii.dev/az-inject')).toBeUndefined();
  });
});

describe('The annotations of GCP’s federation webhook', () => {
  const provider = 'projects/1/locations/global/workloadIdentityPools/p/providers/c';
  const on = (annotations: Annotations) => nativeOn({ serviceaccount: annotations });
  const native = { 'cloud.google.com/workload-identity-provider': provider };

  it('may name the provider without its host', () => {
    expect(on(native).get('cwii.dev/gcp-audience')?.value).toBe(`//iam.googleapis.com/${provider}`);
    expect(
      on({ 'cloud.google.com/workload-identity-provider': `//iam.googleapis.com/${provider}` }).get(
        'cwii.dev/gcp-audience',
      )?.value,
    ).toBe(`//iam.googleapis.com/${provider}`);
  });

  it('set the audience of the token too, unless another annotation sets it', () => {
    expect(on(native).get('cwii.dev/gcp-token-audience')?.value).toBe('sts.googleapis.com');
    expect(on({ ...native, 'cloud.google.com/audience': 'x' }).get('cwii.dev/gcp-token-audience')?.value).toBe('x');
    expect(on({ ...native, 'cwii.dev/gcp-token-audience': 'y' }).get('cwii.dev/gcp-token-audience')?.value).toBe('y');
  });

  it('do not set the audience of the token if cwii’s own annotation sets the provider', () => {
    const resolution = on({ ...native, 'cwii.dev/gcp-audience': 'own' });

    expect(resolution.get('cwii.dev/gcp-token-audience')).toBeUndefined();
  });

  it('override the annotation of GKE for the service account', () => {
    const both = { 'iam.gke.io/gcp-service-account': 'gke', 'cloud.google.com/service-account-email': 'pf' };

    expect(on(both).get('cwii.dev/gcp-service-account')?.value).toBe('pf');
  });
});

describe('An annotation that cwii cannot use', () => {
  const key = 'azure.workload.identity/inject-proxy-sidecar';

  it('gives a warning for the proxy sidecar, but only on a pod', () => {
    expect(nativeOn({ pod: { [key]: 'true' } }).findings).toMatchObject([
      { code: 'az-proxy-sidecar', severity: 'warn', key, scope: 'pod' },
    ]);
    expect(nativeOn({ serviceaccount: { [key]: 'true' } }).findings).toEqual([]);
    expect(resolve([scopeOf('pod', { [key]: 'true' })]).findings).toEqual([]);
  });

  it('gives a warning for an unreadable boolean of another product', () => {
    const annotations = { 'eks.amazonaws.com/sts-regional-endpoints': 'regional' };

    const resolution = nativeOn({ serviceaccount: annotations });

    expect(resolution.get('cwii.dev/aws-sts-regional-endpoints')).toBeUndefined();
    expect(resolution.findings).toMatchObject([
      { code: 'boolean-unreadable', key: 'eks.amazonaws.com/sts-regional-endpoints', scope: 'serviceaccount' },
    ]);
  });
});

describe('The lists of skipped containers', () => {
  it.each(Object.entries(nativeSkipContainers))('of %s count only on the pod', (id, { native }) => {
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

  it('have semicolons for Azure and commas for the others', () => {
    const written = Object.values(nativeSkipContainers).map(({ native }) => [native, 'a; b']);

    const { aws, az, gcp } = nativeOn({ pod: Object.fromEntries(written) }).nativeSkips;

    expect([aws?.value, az?.value, gcp?.value]).toEqual(['a; b', 'a, b', 'a; b']);
  });
});
