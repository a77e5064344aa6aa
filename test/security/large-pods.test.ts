// The largest reviews that an API server sends (3 MiB), in the most expensive shapes.
//
// Each gets an answer that Lambda can send (6 MB). If the work grew with the square of the size, these tests
// would time out.

import { describe, expect, it } from 'vitest';
import { eventOf, type PodManifest, reviewOfPod, roleArn } from '../fakes/events.ts';
import { reviewIn, startWebhook } from '../fakes/webhook.ts';

const LARGEST_REQUEST = 3 * 1024 * 1024;
const LARGEST_ANSWER = 6 * 1024 * 1024;

const id = '11111111-2222-3333-4444-555555555555';
const longRole = `arn:aws:iam::123456789012:role/${'$'.repeat(510)}/${'r'.repeat(64)}`;
const threeClouds = {
  'cwii.dev/aws-role-arn': longRole,
  'cwii.dev/aws-region': 'eu-central-1',
  'cwii.dev/aws-role-session-name': 's'.repeat(64),
  'cwii.dev/aws-sts-regional-endpoints': 'true',
  'cwii.dev/az-client-id': id,
  'cwii.dev/az-tenant-id': id,
  'cwii.dev/gcp-inject': 'true',
  'cwii.dev/gcp-audience':
    '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster',
};

const containers = (count: number) => Array.from({ length: Math.floor(count) }, () => ({ name: 'a' }));
const injected = {
  name: 'a',
  env: [
    { name: 'AWS_ROLE_ARN', value: roleArn },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/aws/token' },
  ],
  volumeMounts: [{ name: 'cwii-aws-token', mountPath: '/var/run/secrets/cwii.dev/aws' }],
};

async function answerTo(change: (pod: PodManifest) => void) {
  const event = eventOf(reviewOfPod(change));
  expect(event.body?.length).toBeLessThan(LARGEST_REQUEST);
  const answer = await startWebhook().call(event);
  expect(answer.status).toBe(200);
  expect(answer.text.length).toBeLessThan(LARGEST_ANSWER);
  return reviewIn(answer).response;
}

describe('a pod', () => {
  it('with the maximum number of containers gets the identities of three clouds', async () => {
    const response = await answerTo(({ metadata, spec }) => {
      metadata.annotations = threeClouds;
      spec.containers = containers(500);
    });

    expect(response.auditAnnotations).toMatchObject({ outcome: 'injected', providers: 'aws,az,gcp' });
  });

  it('with more containers is refused with the reason', async () => {
    const response = await answerTo(({ spec }) => {
      spec.containers = containers(400);
      spec.initContainers = containers(101);
    });

    expect(response).toMatchObject({ allowed: false, auditAnnotations: { findings: 'containers-too-many' } });
    expect(response.status?.message).toContain('the pod has 501 containers, but cwii supports at most 500');
  });

  it('with any number of containers is admitted if it asks for nothing', async () => {
    const response = await answerTo(({ metadata, spec }) => {
      metadata.annotations = {};
      spec.containers = containers(200_000);
    });

    expect(response.allowed).toBe(true);
  });

  it.each<{ what: string; change: (pod: PodManifest) => void }>([
    {
      what: 'with 100,000 containers and even more names to skip',
      change: ({ metadata, spec }) => {
        metadata.annotations = { 'cwii.dev/aws-role-arn': roleArn, 'cwii.dev/skip-containers': 'b,'.repeat(700_000) };
        spec.containers = containers(100_000);
      },
    },
    {
      what: 'with thousands of injected containers and many volumes',
      change: ({ spec }) => {
        spec.volumes = Array.from({ length: 100_000 }, () => ({ name: 'a' }));
        spec.containers = Array.from({ length: 6000 }, () => injected);
      },
    },
    {
      what: 'with a region of 2 MB',
      change: ({ metadata, spec }) => {
        metadata.annotations = { 'cwii.dev/aws-role-arn': roleArn, 'cwii.dev/aws-region': `us${'-a'.repeat(1e6)}-1` };
        spec.containers = containers(499);
      },
    },
    {
      what: 'with 100,000 unknown annotations',
      change: ({ metadata }) => {
        metadata.annotations = Object.fromEntries(
          Array.from({ length: 100_000 }, (_, index) => [`cwii.dev/x${index}`, '']),
        );
      },
    },
    {
      what: 'with 100,000 variables',
      change: ({ spec }) => {
        spec.containers = [{ name: 'a', env: Array.from({ length: 100_000 }, () => ({ name: 'A' })) }];
      },
    },
  ])('$what gets an answer', async ({ change }) => {
    expect(await answerTo(change)).toMatchObject({ uid: expect.any(String) });
  });
});
