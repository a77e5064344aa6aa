// Clients that send slowly: the documented timeouts of `cwii serve` hold to the second.
//
// The bounds leave ten to twenty seconds for a busy machine; Node.js looks only every 30 seconds by default.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../testing/wait-for.ts';
import { answerOn, type ServedFiles, serve, servedFiles } from '../cli/served.ts';
import { callerToken } from '../fakes/secrets.ts';

let files: ServedFiles;

beforeAll(async () => {
  files = await servedFiles();
});
afterAll(() => files[Symbol.asyncDispose]());

const head = ['POST /mutate?timeout=5s HTTP/1.1', 'Host: webhook', 'Content-Type: application/json'].join('\r\n');

describe.concurrent('a client', () => {
  test('who sends the head slowly is disconnected after ten seconds', async () => {
    await using server = await serve(files);
    const socket = await server.secure();
    const received = answerOn(socket);
    const began = performance.now();

    socket.write(`${head}\r\n`);
    const slowly = setInterval(() => socket.write('X-A: b\r\n'), 500);
    await received;
    clearInterval(slowly);

    expect(performance.now() - began).toBeLessThan(25_000);
  });

  test('who sends the body slowly is disconnected after thirty seconds', async () => {
    await using server = await serve(files);
    const socket = await server.secure();
    const received = answerOn(socket);
    const began = performance.now();

    socket.write(`${head}\r\nAuthorization: Bearer ${callerToken}\r\nContent-Length: 1000\r\n\r\n`);
    const slowly = setInterval(() => socket.write('x'), 500);
    await received;
    clearInterval(slowly);
    const entry = await waitFor('the line', () => server.entries()[0]);

    expect(performance.now() - began).toBeLessThan(50_000);
    expect(entry).toMatchObject({ outcome: 'refused', code: 'body-incomplete' });
  });

  test('that connects and sends nothing is disconnected after ten seconds', async () => {
    await using server = await serve(files);
    const began = performance.now();

    await Promise.all([server.secure(), server.tcp()].map(async (socket) => answerOn(await socket)));

    expect(performance.now() - began).toBeLessThan(25_000);
  });
});
