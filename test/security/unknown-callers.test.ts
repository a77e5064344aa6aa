// For an unknown caller the function only reads the path, the method and one header.
//
// It does not decode the body, parse the query or read the cluster, and its work does not grow with the
// request.

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHandler } from '../../functions/webhook/handler.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { FakeCluster } from '../fakes/cluster.ts';
import { eventOf, reviewOf } from '../fakes/events.ts';
import { callerToken, digestOf, specMarker } from '../fakes/secrets.ts';
import { watchLog } from '../fakes/watched-log.ts';

/** The event, and the names of its properties that were read, such as `headers.authorization`. */
function watched(event: LambdaFunctionURLEvent): { event: LambdaFunctionURLEvent; read: Set<string> } {
  const read = new Set<string>();
  const watch = <Part extends object>(part: Part, path: string): Part =>
    new Proxy(part, {
      get(target, name, receiver) {
        if (typeof name === 'symbol') return Reflect.get(target, name, receiver);
        read.add(`${path}${name}`);
        if (name === 'body' || name === 'isBase64Encoded') throw new Error(`${name} was read`);
        const value = Reflect.get(target, name, receiver);
        return typeof value === 'object' && value !== null ? watch(value, `${path}${name}.`) : value;
      },
      ownKeys() {
        throw new Error(`all of ${path || 'the event'} was read`);
      },
    });
  return { event: watch(event, ''), read };
}

/** Only the function: fakes/webhook.ts would read the event too. */
function startFunction(reader = new FakeCluster()) {
  const config = parseConfig({ CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex') });
  const { lines: log, write: writeLog } = watchLog('webhook', () => [callerToken, specMarker]);
  const handler = createHandler({ config, reader, writeLog });
  const call = async (event: LambdaFunctionURLEvent) => {
    const { statusCode, body = '' } = (await handler(event)) as APIGatewayProxyStructuredResultV2;
    return { status: statusCode, text: body };
  };
  return { call, log };
}

const unknown = (change: (event: LambdaFunctionURLEvent) => void = () => undefined) =>
  eventOf(reviewOf(), (event) => {
    event.headers = { 'content-type': 'application/json' };
    change(event);
  });

describe('an unknown caller', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  it.each<{ what: string; change: (event: LambdaFunctionURLEvent) => void }>([
    { what: 'without a token', change: () => undefined },
    {
      what: 'with a wrong token',
      change: (event) => {
        event.headers['authorization'] = 'Bearer wrong';
      },
    },
    {
      what: 'with a wrong path key',
      change: (event) => {
        event.rawPath = '/k/wrong';
      },
    },
    {
      what: 'at a path that does not exist',
      change: (event) => {
        event.rawPath = '/../mutate';
      },
    },
    {
      what: 'with a thousand headers',
      change: (event) => {
        for (let index = 0; index < 1000; index++) event.headers[`x-${index}`] = 'x'.repeat(1000);
      },
    },
  ])('$what causes reads of the path and one header only', async ({ change }) => {
    const reader = new FakeCluster();
    const { event, read } = watched(unknown(change));

    const answer = await startFunction(reader).call(event);

    expect(answer.status).toBe(401);
    expect([...read].sort()).toEqual(['headers', 'headers.authorization', 'rawPath']);
    expect(reader.reads).toEqual([]);
  });

  it('of the health check gets its answer from the path and the method', async () => {
    const { event, read } = watched(
      unknown((changed) => {
        changed.rawPath = '/healthz';
      }),
    );

    expect((await startFunction().call(event)).status).toBe(405);
    expect([...read].filter((name) => name.startsWith('headers'))).toEqual([]);
  });

  it('costs one digest and one comparison per configured digest, and no JSON parsing', async () => {
    const webhook = startFunction();
    const hash = vi.spyOn(crypto, 'hash');
    const compare = vi.spyOn(crypto, 'timingSafeEqual');
    syncBuiltinESMExports();
    const parse = vi.spyOn(JSON, 'parse');
    const decode = vi.spyOn(Buffer, 'from');

    await webhook.call(unknown());

    expect(hash).toHaveBeenCalledTimes(1);
    expect(compare).toHaveBeenCalledTimes(1);
    expect(parse).not.toHaveBeenCalled();
    expect(decode).not.toHaveBeenCalled();
  });

  it('gets an answer and a log line whose size does not depend on the request', async () => {
    const sizes = await Promise.all(
      [1, 1_000_000].map(async (length) => {
        const webhook = startFunction();
        const { text } = await webhook.call(
          unknown((event) => {
            Object.assign(event, { rawPath: `/${'x'.repeat(length)}`, body: 'x'.repeat(length) });
            event.headers['authorization'] = `Bearer ${'x'.repeat(length)}`;
          }),
        );
        const { milliseconds: _, ...line } = JSON.parse(webhook.log.join(''));
        return [text.length, Object.keys(line).join(), JSON.stringify(line).length];
      }),
    );

    expect(sizes[1]).toEqual(sizes[0]);
  });
});
