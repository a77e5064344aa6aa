// Tests for the ports of programs that must be told one.

import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listen, reservePort, retryIfPortTaken } from '../../testing/ports.ts';

describe('a reserved port', () => {
  it('cannot be used by others until it is released', async () => {
    const { port, release } = await reservePort();
    await expect(listen(createServer(), port)).rejects.toMatchObject({ code: 'EADDRINUSE' });

    await release();

    const server = createServer();
    expect(await listen(server, port)).toBe(port);
    server.close();
  });

  it('can be released twice', async () => {
    const { release } = await reservePort();

    await release();

    await expect(release()).resolves.toBeUndefined();
  });
});

describe('a start', () => {
  it.each([
    Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:8443'), { code: 'EADDRINUSE' }),
    new Error('etcd ended with code 1. The last lines:\nlisten tcp 127.0.0.1:2379: bind: address already in use'),
    new Error('cwii serve ended with code 1: the port is already in use; choose another --port [listen-failed]'),
  ])('is repeated after "$message"', async (error) => {
    let starts = 0;
    const start = async () => {
      starts += 1;
      if (starts === 1) throw error;
      return 'started';
    };

    expect(await retryIfPortTaken(start)).toBe('started');
    expect(starts).toBe(2);
  });

  it('is not repeated after another error', async () => {
    let starts = 0;
    const start = async () => {
      starts += 1;
      throw new Error('permission denied');
    };

    await expect(retryIfPortTaken(start)).rejects.toThrow('permission denied');
    expect(starts).toBe(1);
  });
});
