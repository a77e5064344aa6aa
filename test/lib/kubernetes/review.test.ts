// Knows which reviews and pods can be read, and that an error names the place without the content.

import { describe, expect, it } from 'vitest';
import { ReviewError } from '../../../lib/common/errors.ts';
import { readObject, readPod, readReview } from '../../../lib/kubernetes/review.ts';
import { podOf, reviewOf } from '../../fakes/events.ts';

async function messageOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    if (error instanceof ReviewError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no error';
}

describe('a review', () => {
  it('is read as far as it is needed, with the raw object', async () => {
    const review = reviewOf();

    expect(await readReview(review)).toMatchObject({
      uid: review.request.uid,
      namespace: 'shop',
      operation: 'CREATE',
      dryRun: false,
      object: review.request.object,
    });
  });

  it('may null what Go leaves empty', async () => {
    const { request } = reviewOf();
    const nulled = { ...request, kind: null, subResource: null, name: null, namespace: null, dryRun: null };

    expect(await messageOf(readReview({ ...reviewOf(), request: nulled }))).toBe('no error');
  });

  it.each<{ what: string; body: unknown; at: string }>([
    { what: 'is no object', body: 'text', at: '(the body): expected object' },
    { what: 'is null', body: null, at: '(the body): expected object' },
    {
      what: 'is of v1beta1',
      body: { ...reviewOf(), apiVersion: 'admission.k8s.io/v1beta1' },
      at: 'apiVersion: expected "admission.k8s.io/v1"',
    },
    { what: 'is of another kind', body: { ...reviewOf(), kind: 'Pod' }, at: 'kind: expected "AdmissionReview"' },
    { what: 'has no request', body: { ...reviewOf(), request: undefined }, at: 'request: expected object' },
    {
      what: 'has an empty uid',
      body: reviewOf(({ request }) => {
        request.uid = '';
      }),
      at: 'request.uid: too_small',
    },
    {
      what: 'has a number for an operation',
      body: { ...reviewOf(), request: { ...reviewOf().request, operation: 1 } },
      at: 'request.operation: expected string',
    },
  ])('that $what is refused with the place', async ({ body, at }) => {
    expect(await messageOf(readReview(body))).toBe(
      `review-invalid: not an AdmissionReview of admission.k8s.io/v1: at ${at}`,
    );
  });
});

describe('a pod', () => {
  it('may leave out or null everything that no answer needs', async () => {
    const spec = { containers: null, initContainers: null, volumes: null, securityContext: null, nodeSelector: null };

    expect(await messageOf(readPod({ metadata: null, spec }))).toBe('no error');
    expect(await messageOf(readPod({ spec: {} }))).toBe('no error');
  });

  it('keeps the source of a volume, whatever it is', async () => {
    const volume = { name: 'data', csi: { driver: 'example.com', attributes: { a: 'b' } } };

    const { spec } = await readPod(
      podOf((pod) => {
        pod.spec.volumes = [volume];
      }),
    );

    expect(spec.volumes).toEqual([volume]);
  });

  it('cannot change what other objects inherit', async () => {
    const { metadata } = await readPod(JSON.parse('{"metadata":{"annotations":{"__proto__":"x","a":"b"}},"spec":{}}'));

    expect(metadata?.annotations?.['a']).toBe('b');
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(Object.getPrototypeOf(metadata?.annotations)).toBe(Object.prototype);
  });

  it.each<{ what: string; object: unknown; at: string }>([
    { what: 'is missing', object: undefined, at: '(the body): expected object' },
    { what: 'has no spec', object: { metadata: {} }, at: 'spec: expected object' },
    {
      what: 'has a container without a name',
      object: { spec: { containers: [{ image: 'secret-image' }] } },
      at: 'spec.containers.0.name: expected string',
    },
    {
      what: 'has a number in an annotation',
      object: { metadata: { annotations: { a: 1 } }, spec: {} },
      at: 'metadata.annotations.*: expected string',
    },
    {
      what: 'has a key of any content on something that is no text',
      object: { spec: { nodeSelector: { 'a secret\n': [] } } },
      at: 'spec.nodeSelector.*: expected string',
    },
  ])('that $what is refused with the place', async ({ object, at }) => {
    expect(await messageOf(readPod(object))).toBe(`review-invalid: request.object is not a Pod: at ${at}`);
  });
});

describe('another object', () => {
  it('is read as it is', async () => {
    const object = { metadata: { name: 'web', annotations: { a: 'b' } }, spec: { replicas: 2 }, status: {} };

    expect(await readObject(object)).toBe(object);
  });

  it.each<{ what: string; object: unknown; at: string }>([
    { what: 'is a text', object: 'text', at: '(the body): expected object' },
    { what: 'has a list for a spec', object: { spec: [] }, at: 'spec: expected object' },
    {
      what: 'has a number in an annotation',
      object: { metadata: { annotations: { a: 1 } } },
      at: 'metadata.annotations.*: expected string',
    },
  ])('that $what is refused with the place', async ({ object, at }) => {
    expect(await messageOf(readObject(object))).toBe(
      `review-invalid: request.object is not a Kubernetes object: at ${at}`,
    );
  });
});
