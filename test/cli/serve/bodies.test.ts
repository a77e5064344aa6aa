// Tests the limit for all bodies in memory: a body waits for its place before any of it is read.

import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Bodies } from '../../../cli/serve/bodies.ts';

/** A request whose body arrives with `send`. */
function requestOf(headers: Record<string, string>) {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  const send = (text: string) => {
    request.push(text);
    request.push(null);
  };
  return { request, send };
}

const sized = (text: string) => {
  const { request, send } = requestOf({ 'content-length': String(text.length) });
  return { request, send: () => send(text) };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('bodies', () => {
  test('are read as text, and count until they are released', async () => {
    const bodies = new Bodies(100);
    const { request, send } = sized('a body');
    const place = bodies.placeFor(request);
    const read = place.read();
    send();

    expect(await read).toBe('a body');
    expect(bodies.bytes).toBe(6);
    place.release();
    place.release();
    expect(bodies.bytes).toBe(0);
  });

  test('of more than 6 MiB are refused before anything is read', async () => {
    const bodies = new Bodies();
    const { request } = requestOf({ 'content-length': String(6 * 1024 * 1024 + 1) });

    expect(await bodies.placeFor(request).read()).toEqual({ refused: 'body-too-large' });
    expect({ flowing: request.readableFlowing, bytes: bodies.bytes }).toEqual({ flowing: null, bytes: 0 });
  });

  test('without a length reserve the largest one', async () => {
    const bodies = new Bodies();
    const { request, send } = requestOf({ 'transfer-encoding': 'chunked' });
    const read = bodies.placeFor(request).read();

    expect(bodies.bytes).toBe(6 * 1024 * 1024);
    send('{}');
    expect(await read).toBe('{}');
  });

  test('that do not fit wait without being read, in their order, and small ones pass', async () => {
    const bodies = new Bodies(10);
    const [first, large, next, small] = ['x'.repeat(8), 'y'.repeat(9), 'z'.repeat(8), 's'].map(sized);
    if (!first || !large || !next || !small) throw new Error('unreachable');
    const place = bodies.placeFor(first.request);
    place.read();
    const read: string[] = [];
    const start = async (name: string, { request, send }: ReturnType<typeof sized>) => {
      const own = bodies.placeFor(request, () => void read.push(name));
      own.read();
      send();
      return own;
    };

    const placeOfLarge = await start('large', large);
    await start('next', next);
    await start('small', small);
    expect({ read, waiting: bodies.waiting }).toEqual({ read: ['small'], waiting: 2 });

    place.release();
    await settled();
    expect({ read, waiting: bodies.waiting }).toEqual({ read: ['small', 'large'], waiting: 1 });

    placeOfLarge.release();
    await settled();
    expect({ read, waiting: bodies.waiting }).toEqual({ read: ['small', 'large', 'next'], waiting: 0 });
  });

  test('leave the queue if their connection closes', async () => {
    const bodies = new Bodies(10);
    bodies.placeFor(sized('x'.repeat(10)).request).read();
    const { request } = sized('waits');
    const read = bodies.placeFor(request).read();
    request.destroy();

    expect(await read).toEqual({ refused: 'body-incomplete' });
    expect({ waiting: bodies.waiting, bytes: bodies.bytes }).toEqual({ waiting: 0, bytes: 10 });
  });

  test('that end early are incomplete', async () => {
    const { request } = sized('never sent');
    const read = new Bodies().placeFor(request).read();
    request.destroy();

    expect(await read).toEqual({ refused: 'body-incomplete' });
  });
});
