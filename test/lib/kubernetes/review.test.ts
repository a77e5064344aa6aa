// Tests which reviews and objects are accepted, and that an error names the place but not the content.

import { describe, expect, it } from 'vitest';
import { ReviewError } from '../../../lib/common/errors.ts';
import { isObjectView, readObject, readPodView, readReview } from '../../../lib/kubernetes/review.ts';
import { podOf, reviewOf } from '../../fakes/events.ts';

/** The error of a read that fails; undefined if it succeeds. */
function errorOf(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof ReviewError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return undefined;
}

const requestWith = (change: Record<string, unknown>) => ({
  ...reviewOf(),
  request: { ...reviewOf().request, ...change },
});

describe('readReview', () => {
  it('returns the request itself, not a copy', () => {
    const review = reviewOf();

    expect(readReview(review)).toBe(review.request);
  });

  it('accepts null for every value that Go leaves empty', () => {
    const body = requestWith({
      kind: null,
      subResource: null,
      name: null,
      namespace: null,
      dryRun: null,
      object: null,
    });

    expect(errorOf(() => readReview(body))).toBeUndefined();
  });

  it.each<{ what: string; body: unknown; at: string }>([
    { what: 'a text', body: 'text', at: '(the body): expected object' },
    { what: 'null', body: null, at: '(the body): expected object' },
    { what: 'a list', body: [], at: '(the body): expected object' },
    {
      what: 'a review of v1beta1',
      body: { ...reviewOf(), apiVersion: 'admission.k8s.io/v1beta1' },
      at: 'apiVersion: expected "admission.k8s.io/v1"',
    },
    { what: 'another kind', body: { ...reviewOf(), kind: 'Pod' }, at: 'kind: expected "AdmissionReview"' },
    {
      what: 'a review without a request',
      body: { ...reviewOf(), request: undefined },
      at: 'request: required field is missing',
    },
    { what: 'a review with a null request', body: { ...reviewOf(), request: null }, at: 'request: expected object' },
    { what: 'an empty uid', body: requestWith({ uid: '' }), at: 'request.uid: must not be blank' },
    { what: 'a number as operation', body: requestWith({ operation: 1 }), at: 'request.operation: expected string' },
    { what: 'a text as dryRun', body: requestWith({ dryRun: 'no' }), at: 'request.dryRun: expected boolean' },
    {
      what: 'a request without an object',
      body: requestWith({ object: undefined }),
      at: 'request.object: required field is missing',
    },
    { what: 'a text as resource', body: requestWith({ resource: 'pods' }), at: 'request.resource: expected object' },
  ])('rejects $what with the place', ({ body, at }) => {
    const sent = JSON.parse(JSON.stringify(body));

    expect(errorOf(() => readReview(sent))).toBe(
      `review-invalid: not an AdmissionReview of admission.k8s.io/v1: at ${at}`,
    );
  });
});

describe('readPodView', () => {
  it.each([
    { spec: {} },
    {
      metadata: null,
      spec: { containers: null, initContainers: null, volumes: null, securityContext: null, nodeSelector: null },
    },
    {
      metadata: { annotations: null, labels: null, ownerReferences: null },
      spec: { serviceAccountName: null, os: null },
    },
  ])('accepts the pod %j, because no decision needs its missing parts', (object) => {
    expect(readPodView(object)).toBe(object);
  });

  it('keeps the source of a volume, whatever it is', () => {
    const volume = { name: 'data', csi: { driver: 'example.com', attributes: { a: 'b' } } };

    const { spec } = readPodView(
      podOf((pod) => {
        pod.spec.volumes = [volume];
      }),
    );

    expect(spec.volumes).toEqual([volume]);
  });

  it('accepts __proto__ as a key without changing a prototype', () => {
    const { metadata } = readPodView(JSON.parse('{"metadata":{"annotations":{"__proto__":"x","a":"b"}},"spec":{}}'));

    expect(metadata?.annotations?.['a']).toBe('b');
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(Object.getPrototypeOf(metadata?.annotations)).toBe(Object.prototype);
  });

  it.each<{ what: string; object: unknown; at: string }>([
    { what: 'nothing', object: undefined, at: '(the body): expected object' },
    { what: 'a pod without a spec', object: { metadata: {} }, at: 'spec: required field is missing' },
    { what: 'a pod with a null spec', object: { spec: null }, at: 'spec: expected object' },
    {
      what: 'a container without a name',
      object: { spec: { containers: [{ image: 'secret-image' }] } },
      at: 'spec.containers.0.name: required field is missing',
    },
    {
      what: 'a container with a number as name',
      object: { spec: { initContainers: [{ name: 'a' }, { name: 1 }] } },
      at: 'spec.initContainers.1.name: expected string',
    },
    {
      what: 'a number in an annotation',
      object: { metadata: { annotations: { a: 1 } }, spec: {} },
      at: 'metadata.annotations.*: expected string',
    },
    {
      what: 'a number in a label',
      object: { metadata: { labels: { a: 1 } }, spec: {} },
      at: 'metadata.labels.*: expected string',
    },
    {
      what: 'a list in a node selector under a key of any content',
      object: { spec: { nodeSelector: { 'a secret\n': [] } } },
      at: 'spec.nodeSelector.*: expected string',
    },
    {
      what: 'a key with the separators of a JSON pointer',
      object: { metadata: { annotations: { 'secret/a~b.c': 1 } }, spec: {} },
      at: 'metadata.annotations.*: expected string',
    },
  ])('rejects $what with the place', ({ object, at }) => {
    expect(errorOf(() => readPodView(object))).toBe(`review-invalid: request.object is not a Pod: at ${at}`);
  });
});

describe('readObject', () => {
  it('returns the object itself, not a copy', () => {
    const object = { metadata: { name: 'web', annotations: { a: 'b' } }, spec: { replicas: 2 }, status: {} };

    expect(readObject(object)).toBe(object);
  });

  it.each<{ what: string; object: unknown; at: string }>([
    { what: 'a text', object: 'text', at: '(the body): expected object' },
    { what: 'a list as spec', object: { spec: [] }, at: 'spec: expected object' },
    {
      what: 'a number in an annotation',
      object: { metadata: { annotations: { a: 1 } } },
      at: 'metadata.annotations.*: expected string',
    },
  ])('rejects $what with the place', ({ object, at }) => {
    const message = `review-invalid: request.object is not a Kubernetes object: at ${at}`;

    expect(errorOf(() => readObject(object))).toBe(message);
    expect(isObjectView(object)).toBe(false);
  });
});
