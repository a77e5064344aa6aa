// Knows what is read from a pod: its name for people, its namespace, its system, and the uid its containers share.

import { describe, expect, it } from 'vitest';
import { podFacts, scopedPod } from '../../../lib/kubernetes/pod-facts.ts';
import { type PodManifest, podOf, reviewOf } from '../../fakes/events.ts';
import { requestOf, viewOf } from '../../fakes/views.ts';

const factsOf = (change: (pod: PodManifest) => void) => podFacts(viewOf(podOf(change)), 'Pod shop/web', 'shop');
const scopedOf = (change: (pod: PodManifest) => void, namespace: string | undefined = 'shop') => {
  const request = requestOf(reviewOf((review) => Object.assign(review.request, { namespace })));
  return scopedPod(request, viewOf(podOf(change)));
};

describe('the pod as its scopes see it', () => {
  it('is in the namespace of the request', () => {
    expect(scopedOf(({ metadata }) => void delete metadata.namespace, 'bank').namespace).toBe('bank');
  });

  it.each(['', 'Shop', '../kube-system', 'a.b'])('is refused in the namespace %j', (namespace) => {
    expect(() => scopedOf(() => undefined, namespace)).toThrow(
      'at request.namespace: expected the name of a namespace',
    );
  });

  it('is refused where the request names no namespace', () => {
    const request = requestOf(reviewOf((review) => void delete review.request.namespace));

    expect(() => scopedPod(request, viewOf(podOf()))).toThrow('at request.namespace');
  });

  it.each<[Partial<PodManifest['metadata']>, string]>([
    [{ name: 'web' }, 'web'],
    [{ name: '', generateName: 'web-5d9f-' }, 'web-5d9f-*'],
    [{ name: '' }, '(unnamed)'],
  ])('with the names %j is called %s', (names, displayName) => {
    expect(scopedOf(({ metadata }) => void Object.assign(metadata, names)).displayName).toBe(displayName);
  });

  it('may have no metadata at all', () => {
    const request = requestOf(reviewOf());

    expect(scopedPod(request, viewOf({ spec: {} }))).toEqual({
      namespace: 'shop',
      displayName: '(unnamed)',
      annotations: {},
      labels: {},
      ownerReferences: [],
      serviceAccountName: undefined,
    });
  });

  it('names no ServiceAccount where its name is empty', () => {
    expect(
      scopedOf(({ spec }) => {
        spec.serviceAccountName = '';
      }).serviceAccountName,
    ).toBeUndefined();
  });
});

describe('the facts of a pod', () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ['says so', { os: { name: 'windows' } }, true],
    ['selects such nodes', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, true],
    ['says Linux', { os: { name: 'linux' }, nodeSelector: { 'kubernetes.io/os': 'linux' } }, false],
    ['says nothing', {}, false],
  ])('for Windows, where it %s', (_, fields, windows) => {
    expect(factsOf(({ spec }) => void Object.assign(spec, fields)).windows).toBe(windows);
  });

  it('have its namespace and what it is called', () => {
    expect(factsOf(() => undefined)).toMatchObject({ object: 'Pod shop/web', namespace: 'shop' });
  });

  it.each([
    { what: 'its name, where it has one', names: { name: 'n'.repeat(70), generateName: 'web-' }, length: 70 },
    { what: 'what is made up', names: { name: '', generateName: 'web-5d9f-' }, length: 14 },
    // k8s.io/apiserver, pkg/storage/names: the base is cut so that the made-up name has at most 63 characters.
    { what: 'what the API server makes of a long base', names: { generateName: 'g'.repeat(80) }, length: 63 },
  ])('say how long its name can get: $what', ({ names, length }) => {
    const { nameLength } = factsOf(({ metadata }) => {
      delete metadata.name;
      Object.assign(metadata, names);
    });

    expect(nameLength).toBe(length);
  });

  it('say whether it has a ServiceAccount', () => {
    expect(factsOf(() => undefined).hasServiceAccount).toBe(true);
    expect(factsOf(({ spec }) => void delete spec.serviceAccountName).hasServiceAccount).toBe(false);
  });
});

describe('the uid of a pod', () => {
  const runAs = (runAsUser?: number) => ({ securityContext: { ...(runAsUser !== undefined && { runAsUser }) } });
  const uidOf = (pod: number | undefined, init: (number | undefined)[], main: (number | undefined)[]) =>
    factsOf(({ spec }) => {
      Object.assign(spec, runAs(pod));
      spec.initContainers = init.map((uid, index) => ({ name: `init-${index}`, ...runAs(uid) }));
      spec.containers = main.map((uid, index) => ({ name: `main-${index}`, ...runAs(uid) }));
    }).sharedUid;

  it.each([
    { what: 'the one of the pod', pod: 1000, init: [undefined], main: [undefined], uid: 1000 },
    { what: "the containers' own", pod: 1000, init: [2000], main: [2000, 2000], uid: 2000 },
    { what: 'root, where that is said', pod: undefined, init: [], main: [0], uid: 0 },
  ])('is $what', ({ pod, init, main, uid }) => {
    expect(uidOf(pod, init, main)).toBe(uid);
  });

  it.each([
    { what: 'differ', pod: undefined, init: [1000], main: [2000] },
    { what: 'differ in one from the pod', pod: 1000, init: [], main: [undefined, 2000] },
    { what: 'say it only in part', pod: undefined, init: [], main: [1000, undefined] },
    { what: 'do not say', pod: undefined, init: [], main: [undefined] },
    { what: 'are none', pod: 1000, init: [], main: [] },
  ])('is not known where its containers $what', ({ pod, init, main }) => {
    expect(uidOf(pod, init, main)).toBeUndefined();
  });
});
