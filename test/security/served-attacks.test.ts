// Attacks on `cwii serve`, in a process of its own whose memory and processor time are measured.
//
// The bounds are several times what was measured, and the processor time is compared with that of admissions
// in the same process, so that a busy machine meets them too.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../testing/wait-for.ts';
import { folderOf } from '../cli/command.ts';
import { answerOn, CALLER, type Served, type ServedFiles, serve, servedFiles } from '../cli/served.ts';
import { FakeKubeApi } from '../fakes/kube-api.ts';
import { callerToken } from '../fakes/secrets.ts';

let files: ServedFiles;

beforeAll(async () => {
  files = await servedFiles();
});
afterAll(() => files[Symbol.asyncDispose]());

const line = 'POST /mutate?timeout=5s HTTP/1.1';
const json = ['Host: webhook', 'Content-Type: application/json'];
const token = `Authorization: Bearer ${callerToken}`;
const headOf = (...headers: string[]) => `${[line, ...json, ...headers].join('\r\n')}\r\n\r\n`;

/** Sends blocks until there is an answer, or all are sent. @returns the number of blocks sent. */
async function flood(socket: Socket, block: string, count: number): Promise<number> {
  const { bytesRead } = socket;
  for (let sent = 0; sent < count; sent++) {
    if (socket.destroyed || socket.bytesRead > bytesRead) return sent;
    if (socket.write(block)) continue;
    const listening = new AbortController();
    const events = ['drain', 'close', 'data'].map((name) => once(socket, name, { signal: listening.signal }));
    await Promise.race(events);
    listening.abort();
  }
  return count;
}

const CHUNKS = 1000;
const oneByteChunks = '1\r\nx\r\n'.repeat(CHUNKS);

/** The processor time of an admission, after some that compile the code. */
async function admissionMs(server: Served): Promise<number> {
  const admit = async (count: number) => {
    for (let index = 0; index < count; index++) await server.admit();
  };
  await admit(100);
  const before = await server.usage();
  await admit(200);
  return ((await server.usage()).cpuMs - before.cpuMs) / 200;
}

async function measured(server: Served, attack: () => Promise<void>) {
  const before = await server.usage();
  await attack();
  const after = await server.usage();
  return { moreMb: after.maxRssMb - before.maxRssMb, cpuMs: after.cpuMs - before.cpuMs };
}

describe('an unknown caller', () => {
  test('who sends 20 MB of one-byte chunks gets 401 after the head, for the cost of a few admissions', async () => {
    await using server = await serve(files);
    const admission = await admissionMs(server);
    let answer = '';
    let sent = 0;

    const { moreMb, cpuMs } = await measured(server, async () => {
      const socket = await server.secure();
      const received = answerOn(socket);
      socket.write(headOf('Transfer-Encoding: chunked'));
      sent = await flood(socket, oneByteChunks, 20_000);
      answer = await received;
    });

    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(sent * CHUNKS).toBeLessThan(2_000_000);
    expect(moreMb).toBeLessThan(100);
    expect(cpuMs / admission).toBeLessThan(1000);
  });

  test('who never sends the body is answered and disconnected', async () => {
    await using server = await serve(files);
    const socket = await server.secure();
    const received = answerOn(socket);

    socket.write(headOf('Content-Length: 1000000'));

    expect(await received).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
  });

  test('is not invited to send a body', async () => {
    await using server = await serve(files);
    const [stranger, known] = await Promise.all([server.secure(), server.secure()]);
    const answers = [answerOn(stranger), answerOn(known)] as const;

    stranger.write(headOf('Content-Length: 2', 'Expect: 100-continue'));
    known.write(headOf(token, 'Content-Length: 2', 'Expect: 100-continue', 'Connection: close'));
    await once(known, 'data');
    known.write('{}');

    expect(await answers[0]).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(await answers[1]).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 Bad Request\r\n/);
  });

  test('who sends 20,000 requests at once gets one answer, and one line in the log', async () => {
    await using server = await serve(files);
    const socket = await server.secure();
    const received = answerOn(socket);

    const { moreMb } = await measured(server, async () => {
      socket.write('GET / HTTP/1.1\r\nHost: webhook\r\n\r\n'.repeat(20_000));
      await received;
    });

    expect((await received).match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(server.entries()).toHaveLength(1);
    expect(moreMb).toBeLessThan(100);
  });
});

describe('an authenticated caller', () => {
  test('who sends one-byte chunks needs one buffer', async () => {
    await using server = await serve(files);
    let answer = '';

    const { moreMb } = await measured(server, async () => {
      const socket = await server.secure();
      const received = answerOn(socket);
      socket.write(headOf(token, 'Transfer-Encoding: chunked', 'Connection: close'));
      await flood(socket, oneByteChunks, 1000);
      socket.write('0\r\n\r\n');
      answer = await received;
    });

    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('the body is not JSON');
    expect(moreMb).toBeLessThan(150);
  });

  test('who sends a body of 20 MB gets 413 before all of it is read', async () => {
    await using server = await serve(files);
    const socket = await server.secure();
    const received = answerOn(socket);

    const { moreMb } = await measured(server, async () => {
      socket.write(headOf(token, 'Transfer-Encoding: chunked'));
      await flood(socket, `10000\r\n${'x'.repeat(0x10000)}\r\n`, 320);
      await received;
    });

    expect(await received).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
    expect(moreMb).toBeLessThan(150);
  });

  test('who sends forty bodies of 3 MB gets all of them answered, a few at a time', async () => {
    await using server = await serve(files);
    const body = JSON.stringify(['x'.repeat(3_000_000)]);

    const { moreMb } = await measured(server, async () => {
      const sockets = await Promise.all(Array.from({ length: 40 }, () => server.secure()));
      const answers = sockets.map((socket) => answerOn(socket));
      for (const socket of sockets)
        socket.write(headOf(token, `Content-Length: ${body.length}`, 'Connection: close') + body);
      for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    });

    expect(moreMb).toBeLessThan(400);
  });
});

describe('an API server', () => {
  test('that answers in one-byte chunks needs one buffer', async () => {
    await using api = await FakeKubeApi.start({ protocol: 'HTTP/1.1' });
    api.failAlways((_, connection) => {
      connection.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      flood(connection, oneByteChunks, 3000).catch(() => undefined);
    });
    await using token = await folderOf({ token: 'any' });
    const cluster = {
      CWII_KUBE_API_URL: api.url.href,
      CWII_KUBE_CA: api.ca,
      CWII_KUBE_CREDENTIAL: `file:${token.path}/token`,
    };
    await using server = await serve(files, { env: { ...CALLER, ...cluster } });

    const { moreMb } = await measured(server, async () => {
      expect((await server.admit()).status).toBe(503);
    });

    expect(moreMb).toBeLessThan(150);
  });
});

describe('thousands of connections', () => {
  test('do not keep an authenticated caller out, on its connection or on a new one', async () => {
    await using server = await serve(files);
    const known = await server.secure();
    const review = headOf(token, 'Content-Length: 2');
    known.write(`${review}{}`);
    await once(known, 'data');

    const { moreMb } = await measured(server, async () => {
      for (let batch = 0; batch < 24; batch++)
        await Promise.allSettled(Array.from({ length: 50 }, () => server.secure()));
      await waitFor('the limit', async () => (await server.admit()).status === 200);
    });
    known.write(`${review}{}`);
    const [again] = (await once(known, 'data')) as [string | Buffer];

    expect(String(again)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(moreMb).toBeLessThan(250);
  });
});
