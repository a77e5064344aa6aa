// Tests bodies with 100,000 invalid items: the answer names the first one, and the others are not read.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../functions/webhook/handler.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { eventOf, podOf, reviewOf } from '../fakes/events.ts';
import { callerToken, digestOf } from '../fakes/secrets.ts';

const handler = createHandler({
  config: parseConfig({
    CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex'),
    CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout',
  }),
  reader: undefined,
  writeLog: () => undefined,
});

const ITEMS = 100_000;
const zeros = new Array(ITEMS).fill(0);
const mapOfZeros = Object.fromEntries(zeros.map((zero, index) => [index.toString(36), zero]));

const podWith = (change: object) => ({ resource: 'pods', object: { ...podOf(), ...change } });
const containerWith = (change: object) => podWith({ spec: { containers: [{ name: 'app', ...change }] } });
const rolloutWith = (change: object) => ({
  group: 'argoproj.io',
  resource: 'rollouts',
  object: { metadata: { name: 'web' }, ...change },
});

interface Request {
  readonly group?: string;
  readonly resource: string;
  readonly object: unknown;
}

function eventFor({ group = '', resource, object }: Request): LambdaFunctionURLEvent {
  const change = { resource: { group, version: 'v1', resource }, object };
  return eventOf(reviewOf((review) => Object.assign(review.request, change)));
}

async function answerTo(event: LambdaFunctionURLEvent): Promise<{ status: number | undefined; text: string }> {
  const { statusCode, body } = (await handler(event)) as { statusCode?: number; body?: string };
  return { status: statusCode, text: body ?? '' };
}

const invalid = (place: string) => ({
  status: 400,
  reason: 'review-invalid',
  message: expect.stringContaining(`: at ${place}`),
});

/** The checks of the review and of the object read up to the first invalid item. */
const FEW_READS = 20;
/** Before these checks, the size of all annotations is counted. */
const READS_OF_ANNOTATIONS = ITEMS + FEW_READS;

/** Counts how often items of large lists and maps are read that JSON.parse returns from now on. */
function countReads(): { count: number } {
  const reads = { count: 0 };
  const watch = {
    get(target: object, key: string | symbol) {
      if (typeof key === 'string' && Object.hasOwn(target, key) && key !== 'length') reads.count++;
      return Reflect.get(target, key);
    },
    getOwnPropertyDescriptor(target: object, key: string | symbol) {
      reads.count++;
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  };
  const parse = JSON.parse;
  vi.spyOn(JSON, 'parse').mockImplementation((text) =>
    parse(text, (_, value) => {
      const isLarge = typeof value === 'object' && value !== null && Object.keys(value).length > 1000;
      return isLarge ? new Proxy(value, watch) : value;
    }),
  );
  return reads;
}

afterEach(() => vi.restoreAllMocks());

describe('A body with countless invalid items', () => {
  it.each<{ where: string; request: Request; place: string; mostReads?: number }>([
    {
      where: 'the containers of a pod',
      request: podWith({ spec: { containers: zeros } }),
      place: 'spec.containers.0: expected object',
    },
    {
      where: 'the volumes of a pod',
      request: podWith({ spec: { volumes: zeros } }),
      place: 'spec.volumes.0: expected object',
    },
    {
      where: 'the variables of a container',
      request: containerWith({ env: zeros }),
      place: 'spec.containers.0.env.0: expected object',
    },
    {
      where: 'the mounts of a container',
      request: containerWith({ volumeMounts: zeros }),
      place: 'spec.containers.0.volumeMounts.0: expected object',
    },
    {
      where: 'the owner references of a pod',
      request: podWith({ metadata: { ownerReferences: zeros } }),
      place: 'metadata.ownerReferences.0: expected object',
    },
    {
      where: 'the annotations of a pod',
      request: podWith({ metadata: { annotations: mapOfZeros } }),
      place: 'metadata.annotations.*: expected string',
      mostReads: READS_OF_ANNOTATIONS,
    },
    {
      where: 'the labels of a pod',
      request: podWith({ metadata: { labels: mapOfZeros } }),
      place: 'metadata.labels.*: expected string',
    },
    {
      where: 'the node selector of a pod',
      request: podWith({ spec: { nodeSelector: mapOfZeros } }),
      place: 'spec.nodeSelector.*: expected string',
    },
    {
      where: 'the containers of a configured kind',
      request: rolloutWith({ spec: { template: { spec: { containers: zeros } } } }),
      place: 'spec.containers.0: expected object',
    },
    {
      where: 'the owner references of a configured kind',
      request: rolloutWith({ metadata: { ownerReferences: zeros } }),
      place: 'metadata.ownerReferences.0: expected object',
    },
    {
      where: 'the annotations of a configured kind',
      request: rolloutWith({ metadata: { annotations: mapOfZeros } }),
      place: 'metadata.annotations.*: expected string',
      mostReads: READS_OF_ANNOTATIONS,
    },
    {
      where: 'the annotations of a namespace',
      request: { resource: 'namespaces', object: { metadata: { annotations: mapOfZeros } } },
      place: 'metadata.annotations.*: expected string',
      mostReads: READS_OF_ANNOTATIONS,
    },
  ])('in $where is rejected, and only the first is read', async ({ request, place, mostReads = FEW_READS }) => {
    const event = eventFor(request);
    const reads = countReads();

    const { status, text } = await answerTo(event);

    expect({ ...JSON.parse(text), status }).toMatchObject(invalid(place));
    expect(text.length).toBeLessThan(1000);
    expect(reads.count).toBeGreaterThan(0);
    expect(reads.count).toBeLessThan(mostReads);
  });

  it('after many valid ones is rejected with the place of the first invalid one', async () => {
    const containers = [...zeros.map(() => ({ name: 'a' })), ...zeros];

    const { status, text } = await answerTo(eventFor(podWith({ spec: { containers } })));

    expect({ ...JSON.parse(text), status }).toMatchObject(invalid('spec.containers.100000: expected object'));
  });
});
