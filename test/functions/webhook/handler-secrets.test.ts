// Tests that neither the log nor an answer contains tokens, path keys or pod specs.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { ClusterReader } from '../../../lib/cluster/reader.ts';
import { ClusterReadError } from '../../../lib/common/errors.ts';
import { eventOf, reviewOf, reviewOfPod } from '../../fakes/events.ts';
import { callerToken, digestOf, pathKey, specMarker } from '../../fakes/secrets.ts';
import { startWebhook } from '../../fakes/webhook.ts';

describe('A secret', () => {
  const unreadable: ClusterReader = {
    read: () => Promise.reject(new ClusterReadError('cluster-timeout', 'no answer')),
  };
  const secrets = [callerToken, pathKey, specMarker];
  const byPathKey = {
    env: { CWII_CALLER_TOKEN_SHA256: undefined, CWII_PATH_KEY_SHA256: digestOf(pathKey).toString('hex') },
  };
  const invalidBody = `{"spec":"${specMarker}"`;

  it.each<{ where: string; event: () => LambdaFunctionURLEvent; options?: Parameters<typeof startWebhook>[0] }>([
    { where: 'an admitted pod', event: () => eventOf() },
    {
      where: 'a denied pod',
      event: () =>
        eventOf(
          reviewOfPod(({ metadata }) => {
            metadata.annotations = { 'cwii.dev/aws-role-arn': 'x' };
          }),
        ),
    },
    { where: 'a failed read', event: () => eventOf(), options: { reader: unreadable } },
    {
      where: 'an invalid body',
      event: () =>
        eventOf(reviewOf(), (event) => {
          event.body = invalidBody;
        }),
    },
    {
      where: 'an invalid pod',
      event: () =>
        eventOf(
          reviewOf(({ request }) => {
            request.object = { spec: { containers: specMarker, volumes: [specMarker] } };
          }),
        ),
    },
    {
      where: 'a wrong token',
      event: () =>
        eventOf(reviewOf(), (event) => {
          event.headers['authorization'] = `Basic ${callerToken}`;
        }),
    },
    {
      where: 'the path',
      event: () =>
        eventOf(reviewOf(), (event) => {
          event.rawPath = `/k/${pathKey}`;
        }),
      options: byPathKey,
    },
    {
      where: 'a wrong path',
      event: () =>
        eventOf(reviewOf(), (event) => {
          event.rawPath = `/k/${pathKey}/x`;
        }),
    },
    {
      where: 'a wrong key',
      event: () => eventOf(reviewOf(), (event) => Object.assign(event, { rawPath: `/k/${pathKey}`, headers: {} })),
    },
  ])('in $where appears neither in the log nor in the answer', async ({ event, options }) => {
    const webhook = startWebhook(options);

    const answer = await webhook.call(event());

    expect(webhook.log).toHaveLength(1);
    for (const secret of secrets) {
      expect(webhook.log.join()).not.toContain(secret);
      expect(JSON.stringify(answer)).not.toContain(secret);
      expect(JSON.stringify(answer)).not.toContain(
        Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -2),
      );
    }
  });
});
