// Tests bodies with a million invalid items: the answer names the first one, and costs little more than
// JSON.parse.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
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

const zeros = new Array(1_000_000).fill(0);
/** Fewer, because JSON.parse itself takes long for a map with many keys. */
const mapOfZeros = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [index.toString(36), 0]));

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

/** One error object for each item would take some 80 times as long as JSON.parse. */
const LARGEST_RATIO = 3;

/** The CPU time of this thread in microseconds. Other test files run in other threads of the process. */
async function cpuTimeOf(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return user + system;
}

/** The least of several measurements, because interruptions only add to the time. */
async function leastCpuTimeOf(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) times.push(await cpuTimeOf(work));
  return Math.min(...times);
}

describe('A body with countless invalid items', () => {
  it.each<{ where: string; request: Request; place: string }>([
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
    },
    {
      where: 'the annotations of a namespace',
      request: { resource: 'namespaces', object: { metadata: { annotations: mapOfZeros } } },
      place: 'metadata.annotations.*: expected string',
    },
  ])('in $where is rejected with the first place and with bounded work', async ({ where, request, place }) => {
    const event = eventFor(request);
    const { body = '' } = event;

    const { status, text } = await answerTo(event);
    const parsing = await leastCpuTimeOf(() => JSON.parse(body));
    const answering = await leastCpuTimeOf(() => handler(event));

    expect({ ...JSON.parse(text), status }).toMatchObject(invalid(place));
    expect(text.length).toBeLessThan(1000);
    const times = `${where}: ${answering} µs for an answer, ${parsing} µs for JSON.parse`;
    expect(answering / parsing, times).toBeLessThan(LARGEST_RATIO);
  });

  it('after many valid ones is rejected with the place of the first invalid one', async () => {
    const containers = [...Array.from({ length: 300_000 }, () => ({ name: 'a' })), ...zeros];

    const { status, text } = await answerTo(eventFor(podWith({ spec: { containers } })));

    expect({ ...JSON.parse(text), status }).toMatchObject(invalid('spec.containers.300000: expected object'));
  });
});
