// Knows which requests are none of ours, and which of several reasons is told.

import { describe, expect, it } from 'vitest';
import { skipPod, skipRequest } from '../../../lib/admission/skip.ts';
import { podOf, type Review, reviewOf } from '../../fakes/events.ts';
import { requestOf, viewOf } from '../../fakes/views.ts';

const reasonOf = (change: (request: Review['request']) => void) =>
  skipRequest(requestOf(reviewOf(({ request }) => change(request))));

describe('a request', () => {
  it('to create a pod is ours', () => {
    expect(reasonOf(() => undefined)).toBeUndefined();
  });

  it('for pods of the core group is ours, however an empty group is written', () => {
    expect(reasonOf((request) => Object.assign(request.resource, { group: null }))).toBeUndefined();
  });

  it.each<{ what: string; change: (request: Review['request']) => void; reason: string }>([
    {
      what: 'for another resource',
      change: (request) => {
        request.resource.resource = 'services';
      },
      reason: 'not-a-pod',
    },
    {
      what: 'for pods of another group',
      change: (request) => {
        request.resource.group = 'example.com';
      },
      reason: 'not-a-pod',
    },
    {
      what: 'for ephemeral containers',
      change: (request) => {
        request.subResource = 'ephemeralcontainers';
      },
      reason: 'subresource',
    },
    {
      what: 'to update',
      change: (request) => {
        request.operation = 'UPDATE';
      },
      reason: 'not-a-create',
    },
    {
      what: 'to delete',
      change: (request) => {
        request.operation = 'DELETE';
      },
      reason: 'not-a-create',
    },
    {
      what: 'to connect',
      change: (request) => {
        request.operation = 'CONNECT';
      },
      reason: 'not-a-create',
    },
    {
      what: 'with several reasons',
      change: (request) => Object.assign(request, { subResource: 'exec', operation: 'CONNECT' }),
      reason: 'subresource',
    },
  ])('$what is left alone: $reason', ({ change, reason }) => {
    expect(reasonOf(change)).toBe(reason);
  });
});

describe('a pod', () => {
  it.each([null, undefined, {}, { 'kubernetes.io/config.source': 'api' }])(
    'with the annotations %j is ours',
    (annotations) => {
      const pod = podOf(({ metadata }) => void Object.assign(metadata, { annotations }));

      expect(skipPod(viewOf(pod))).toBeUndefined();
    },
  );

  it.each(['0123', ''])('that is the mirror of a static one is left alone: %j', (mirrored) => {
    const pod = podOf(({ metadata }) => {
      metadata.annotations = { 'kubernetes.io/config.mirror': mirrored };
    });

    expect(skipPod(viewOf(pod))).toBe('mirror-pod');
  });
});
