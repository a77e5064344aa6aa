// Tests the record of a pod: names, namespace, metadata, operating system and shared uid.

import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../lib/kubernetes/pod.ts';
import { podOfRequest, podOfTemplate, readPod, withServiceAccount } from '../../../lib/kubernetes/pod.ts';
import { readReview } from '../../../lib/kubernetes/review.ts';
import { type PodManifest, podOf, reviewOf } from '../../fakes/events.ts';

const podWith = (change: (pod: PodManifest) => void): Pod => readPod(podOf(change), 'shop');

describe('podOfRequest', () => {
  const podIn = (namespace: unknown) =>
    podOfRequest(readReview(reviewOf(({ request }) => void Object.assign(request, { namespace }))));

  it('takes the namespace of the request, not of the pod', () => {
    expect(podIn('bank')).toMatchObject({ namespace: 'bank', object: 'Pod bank/web' });
  });

  it.each(['', 'Shop', '../kube-system', 'a.b', null, undefined])('rejects the namespace %j', (namespace) => {
    expect(() => podIn(namespace)).toThrow('at request.namespace: expected the name of a namespace');
  });

  it('rejects an object that is not a pod', () => {
    const review = reviewOf(({ request }) => {
      request.object = { metadata: {} };
    });

    expect(() => podOfRequest(readReview(review))).toThrow('request.object is not a Pod: at spec');
  });
});

describe('readPod', () => {
  it('returns the raw pod and the parts that decisions use', () => {
    const raw = podOf(({ metadata, spec }) => {
      metadata.labels = { app: 'web' };
      spec.initContainers = [{ name: 'init' }];
      spec.volumes = [{ name: 'data', emptyDir: {} }];
    });

    const pod = readPod(raw, 'shop');

    expect(pod.raw).toBe(raw);
    expect(pod).toMatchObject({
      namespace: 'shop',
      name: 'web',
      object: 'Pod shop/web',
      annotations: raw.metadata.annotations,
      labels: { app: 'web' },
      ownerReferences: [],
      serviceAccountName: 'web',
      containers: raw.spec.containers,
      initContainers: [{ name: 'init' }],
      volumes: [{ name: 'data', emptyDir: {} }],
    });
  });

  it('accepts a pod with an empty spec and no metadata', () => {
    const raw = { spec: {} };

    expect(readPod(raw, 'shop')).toEqual({
      raw,
      namespace: 'shop',
      name: '(unnamed)',
      object: 'Pod shop/(unnamed)',
      annotations: {},
      labels: {},
      ownerReferences: [],
      serviceAccountName: undefined,
      containers: [],
      initContainers: [],
      ephemeralContainers: [],
      volumes: [],
      longestName: 5,
      windows: false,
      sharedUid: undefined,
    });
  });

  it.each<[Partial<PodManifest['metadata']>, string]>([
    [{ name: 'web' }, 'web'],
    [{ name: '', generateName: 'web-5d9f-' }, 'web-5d9f-*'],
    [{ name: '' }, '(unnamed)'],
    [{ name: 'n'.repeat(1000) }, 'n'.repeat(254)],
  ])('with the metadata %j has the name %s', (names, name) => {
    expect(podWith(({ metadata }) => void Object.assign(metadata, names)).name).toBe(name);
  });

  it.each([
    { spec: { serviceAccountName: 'api' }, name: 'api' },
    { spec: { serviceAccountName: '' }, name: undefined },
    { spec: { serviceAccountName: null }, name: undefined },
    { spec: { serviceAccountName: undefined, serviceAccount: 'api' }, name: undefined },
  ])('with the spec $spec has the ServiceAccount $name', ({ spec, name }) => {
    expect(podWith((pod) => void Object.assign(pod.spec, spec)).serviceAccountName).toBe(name);
  });

  it.each<{ spec: Record<string, unknown>; windows: boolean }>([
    { spec: { os: { name: 'windows' } }, windows: true },
    { spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } }, windows: true },
    { spec: { os: { name: 'linux' }, nodeSelector: { 'kubernetes.io/os': 'linux' } }, windows: false },
    { spec: {}, windows: false },
  ])('with the spec $spec is a Windows pod: $windows', ({ spec, windows }) => {
    expect(podWith((pod) => void Object.assign(pod.spec, spec)).windows).toBe(windows);
  });

  it.each([
    { what: 'the name', names: { name: 'n'.repeat(70), generateName: 'web-' }, length: 70 },
    { what: 'the generated name', names: { name: '', generateName: 'web-5d9f-' }, length: 14 },
    // k8s.io/apiserver, pkg/storage/names: the base is cut so that the generated name has at most 63
    // characters.
    { what: 'a generated name whose base is cut', names: { generateName: 'g'.repeat(80) }, length: 63 },
  ])('returns the length of $what: $length', ({ names, length }) => {
    const pod = podWith(({ metadata }) => {
      delete metadata.name;
      Object.assign(metadata, names);
    });

    expect(pod.longestName).toBe(length);
  });
});

describe('The shared uid of a pod', () => {
  const runAs = (runAsUser?: number) => ({ securityContext: { ...(runAsUser !== undefined && { runAsUser }) } });
  const uidOf = (pod: number | undefined, init: (number | undefined)[], main: (number | undefined)[]) =>
    podWith(({ spec }) => {
      Object.assign(spec, runAs(pod));
      spec.initContainers = init.map((uid, index) => ({ name: `init-${index}`, ...runAs(uid) }));
      spec.containers = main.map((uid, index) => ({ name: `main-${index}`, ...runAs(uid) }));
    }).sharedUid;

  it.each([
    { what: 'the pod sets it', pod: 1000, init: [undefined], main: [undefined], uid: 1000 },
    { what: 'all containers set the same', pod: 1000, init: [2000], main: [2000, 2000], uid: 2000 },
    { what: 'the container sets root', pod: undefined, init: [], main: [0], uid: 0 },
    { what: 'containers differ', pod: undefined, init: [1000], main: [2000], uid: undefined },
    { what: 'one container differs from the pod', pod: 1000, init: [], main: [undefined, 2000], uid: undefined },
    { what: 'only some containers set it', pod: undefined, init: [], main: [1000, undefined], uid: undefined },
    { what: 'no container sets it', pod: undefined, init: [], main: [undefined], uid: undefined },
    { what: 'there are no containers', pod: 1000, init: [], main: [], uid: undefined },
  ])('is $uid if $what', ({ pod, init, main, uid }) => {
    expect(uidOf(pod, init, main)).toBe(uid);
  });
});

describe('podOfTemplate', () => {
  const workload = { namespace: 'shop', name: 'web' };

  it('returns a pod with a generated name, and the metadata and spec of the template', () => {
    const template = { metadata: { name: 'ignored', labels: { app: 'web' } }, spec: { containers: [{ name: 'app' }] } };

    expect(podOfTemplate(template, workload)).toMatchObject({
      namespace: 'shop',
      name: 'web-*',
      object: 'Pod shop/web-*',
      labels: { app: 'web' },
      serviceAccountName: 'default',
      containers: [{ name: 'app' }],
      longestName: 9,
    });
  });

  it.each([{}, { metadata: null, spec: null }])('accepts the incomplete template %j', (template) => {
    expect(podOfTemplate(template, workload)).toMatchObject({ object: 'Pod shop/web-*', containers: [] });
  });

  it.each([
    { template: { metadata: 'text' }, place: 'metadata' },
    { template: { metadata: { name: 1 } }, place: 'metadata.name' },
    { template: { spec: 'text' }, place: 'spec' },
    { template: { spec: { containers: [{}] } }, place: 'spec.containers.0.name' },
  ])('rejects the invalid template $template', ({ template, place }) => {
    expect(() => podOfTemplate(template, workload)).toThrow(`request.object is not a Pod: at ${place}: `);
  });
});

describe('withServiceAccount', () => {
  it.each([
    { spec: { serviceAccountName: 'api', serviceAccount: 'old' }, expected: 'api' },
    { spec: { serviceAccountName: '', serviceAccount: 'old' }, expected: 'old' },
    { spec: { serviceAccountName: null, serviceAccount: '' }, expected: 'default' },
    { spec: {}, expected: 'default' },
  ])('sets the name $expected for $spec', ({ spec, expected }) => {
    expect(withServiceAccount({ ...spec, containers: [] })).toEqual({
      ...spec,
      containers: [],
      serviceAccountName: expected,
    });
  });

  it.each([null, 'text', 1])('leaves the invalid spec %j unchanged', (spec) => {
    expect(withServiceAccount(spec)).toBe(spec);
  });
});
