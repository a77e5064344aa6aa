// Tests the answers to admission reviews in the format of the API server.

import jsonPatch from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { FakeCluster } from '../../fakes/cluster.ts';
import { eventOf, type PodManifest, podOf, type Review, reviewOf, reviewOfPod } from '../../fakes/events.ts';
import { type Answer, reviewIn, startWebhook } from '../../fakes/webhook.ts';

const ask = (review: unknown, env: Record<string, string> = {}): Promise<Answer> =>
  startWebhook({ env }).call(eventOf(review));
const annotated = (annotations: Record<string, string>) =>
  reviewOfPod(({ metadata }) => {
    metadata.annotations = annotations;
  });
const operationsIn = (answer: Answer) =>
  JSON.parse(Buffer.from(reviewIn(answer).response.patch ?? '', 'base64').toString('utf8'));

describe('The answer to a review', () => {
  it('is a review in JSON with the same uid, apiVersion and kind', async () => {
    const answer = await ask(reviewOf());

    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(reviewIn(answer)).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: reviewOf().request.uid, allowed: true },
    });
  });

  it('contains the patch and its type', async () => {
    const answer = await ask(reviewOf());

    const patched = jsonPatch.applyPatch(podOf(), operationsIn(answer)).newDocument as PodManifest;
    expect(reviewIn(answer).response.patchType).toBe('JSONPatch');
    expect(patched.metadata.annotations).toHaveProperty(['cwii.dev/injected'], 'aws');
    expect(patched.spec.containers[0]?.env?.map(({ name }) => name)).toEqual([
      'PASSWORD',
      'AWS_REGION',
      'GOOGLE_CLOUD_PROJECT',
      'AWS_ROLE_ARN',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
    ]);
  });

  it('contains neither patch nor type if nothing changes', async () => {
    const { response } = reviewIn(await ask(annotated({})));

    expect(response).toEqual({
      uid: reviewOf().request.uid,
      allowed: true,
      auditAnnotations: { outcome: 'nothing' },
    });
  });

  it('contains audit annotations with the providers and the codes of findings', async () => {
    const review = annotated({
      ...podOf().metadata.annotations,
      'cwii.dev/aws-regoin': 'x',
      'cwii.dev/aws-regiom': 'y',
    });

    const { response } = reviewIn(await ask(review));

    expect(response.auditAnnotations).toEqual({
      outcome: 'injected',
      providers: 'aws',
      findings: 'annotation-unknown',
    });
    expect(response.warnings).toHaveLength(2);
  });

  it('has warnings of limited length, whatever the pod contains', async () => {
    const review = reviewOfPod(({ metadata }) => {
      metadata.name = 'p'.repeat(253);
      metadata.annotations = {
        [`cwii.dev/${'x'.repeat(63)}`]: 'v'.repeat(5000),
        'cwii.dev/aws-verify': `${'\n'.repeat(300)}ü`,
      };
    });

    const { warnings = [] } = reviewIn(await ask(review)).response;

    expect(warnings).toHaveLength(2);
    for (const warning of warnings) {
      expect([...warning].length).toBeLessThanOrEqual(256);
      expect(warning).not.toMatch(/[\n\r]/);
    }
  });

  it.each([
    { many: 16, more: [] },
    { many: 18, more: ['cwii has 2 more findings of this kind'] },
  ])('contains 16 of $many warnings and counts the others', async ({ many, more }) => {
    const keys = Array.from({ length: many }, (_, index) => [`cwii.dev/x${index}`, '']);

    const { warnings = [] } = reviewIn(await ask(annotated(Object.fromEntries(keys)))).response;

    expect(warnings.slice(16)).toEqual(more);
    expect(warnings).toHaveLength(16 + more.length);
  });

  it('denies a pod with 403 and the message of the finding', async () => {
    const { response } = reviewIn(await ask(annotated({ 'cwii.dev/aws-role-arn': 'web', 'cwii.dev/aws-regoin': 'x' })));

    expect(response).toMatchObject({
      allowed: false,
      status: {
        code: 403,
        reason: 'Forbidden',
        message: expect.stringMatching(/^cwii: cwii\.dev\/aws-role-arn "web" on Pod shop\/web: not the ARN/),
      },
      warnings: [expect.stringContaining('cwii.dev/aws-regoin')],
      auditAnnotations: { outcome: 'denied', findings: 'annotation-unknown,aws-role-arn-invalid' },
    });
    expect(response).not.toHaveProperty('patch');
    expect(response).not.toHaveProperty('patchType');
  });

  it('accepts a body in base64', async () => {
    const event = eventOf(reviewOf(), (changed) => {
      changed.body = Buffer.from(changed.body ?? '').toString('base64');
      changed.isBase64Encoded = true;
    });

    expect(reviewIn(await startWebhook().call(event)).response.allowed).toBe(true);
  });
});

describe('A skipped request', () => {
  it.each<{ what: string; change: (request: Review['request']) => void; reason: string }>([
    {
      what: 'a Service',
      change: (request) => {
        request.resource.resource = 'services';
        request.object = { spec: {} };
      },
      reason: 'not-a-pod',
    },
    {
      what: 'an ephemeral container',
      change: (request) => {
        request.subResource = 'ephemeralcontainers';
      },
      reason: 'subresource',
    },
    {
      what: 'an update',
      change: (request) => {
        request.operation = 'UPDATE';
      },
      reason: 'not-a-create',
    },
    {
      what: 'a deletion',
      change: (request) => {
        request.operation = 'DELETE';
        request.object = null;
      },
      reason: 'not-a-create',
    },
    {
      what: 'a mirror pod',
      change: (request) => {
        request.object = podOf(({ metadata }) => {
          metadata.annotations = { 'kubernetes.io/config.mirror': 'x' };
        });
      },
      reason: 'mirror-pod',
    },
    {
      what: 'an invalid mirror pod',
      change: (request) => {
        request.object = { metadata: { annotations: { 'kubernetes.io/config.mirror': 1 } } };
      },
      reason: 'mirror-pod',
    },
  ])('such as $what is allowed unchanged and without a read', async ({ change, reason }) => {
    const reader = new FakeCluster();

    const answer = await startWebhook({ reader }).call(eventOf(reviewOf(({ request }) => change(request))));

    expect(reviewIn(answer).response).toEqual({
      uid: reviewOf().request.uid,
      allowed: true,
      auditAnnotations: { outcome: 'skipped', reason },
    });
    expect(reader.reads).toEqual([]);
  });
});

describe('A pod with more bytes of annotations than Kubernetes allows', () => {
  it('is denied with the limit, without a read of the cluster', async () => {
    const reader = new FakeCluster();
    const webhook = startWebhook({ reader });
    const note = 'x'.repeat(262_144);
    const review = reviewOfPod(({ metadata }) => void Object.assign(metadata.annotations ?? {}, { note }));
    const answer = await webhook.call(eventOf(review));

    expect(reviewIn(answer).response).toEqual({
      uid: '0c1d2e3f-0000-4000-8000-000000000001',
      allowed: false,
      status: {
        code: 403,
        reason: 'Forbidden',
        message: 'cwii: the annotations exceed the 262144 bytes that Kubernetes allows; remove or shorten some',
      },
      auditAnnotations: { outcome: 'denied', reason: 'annotations-too-large' },
    });
    expect(reader.reads).toEqual([]);
    expect(JSON.parse(webhook.log[0] ?? '')).toMatchObject({ outcome: 'denied', code: 'annotations-too-large' });
  });
});
