// Invalid HTTP/2 frames and HTTP/1.1 lines from a server on a real TLS connection.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../lib/cluster/http/api-client.ts';
import { ClusterConnection } from '../../lib/cluster/http/connection.ts';
import { KubeReader } from '../../lib/cluster/kube-reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { ClusterReadError } from '../../lib/common/errors.ts';
import { serviceAccounts } from '../../lib/kubernetes/objects.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { ListedTokens } from '../fakes/listed-tokens.ts';
import { Chance } from './chance.ts';

const key = { kind: serviceAccounts, namespace: 'shop', name: 'web' };
const RUNS = 150;

/**
 * Frames of RFC 9113 with length, type, flags and stream: SETTINGS, HEADERS, DATA, RST_STREAM, GOAWAY,
 * WINDOW_UPDATE.
 */
const frames = [
  '000000 04 00 00000000',
  '000000 04 01 00000000',
  '000001 01 05 00000001 88',
  '000001 01 04 00000001 88',
  '000005 00 01 00000001 68656c6c6f',
  '000005 00 00 00000001 68656c6c6f',
  '000004 03 00 00000001 00000008',
  '000008 07 00 00000000 0000000000000002',
  '000004 08 00 00000000 7fffffff',
  '000004 08 00 00000000 00000000',
  '000008 06 00 00000000 0000000000000000',
  '000005 05 04 00000001 0000000288',
].map((frame) => Buffer.from(frame.replaceAll(' ', ''), 'hex'));

const lines = [
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 404 Not Found\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/9.9 200\r\n',
  'content-type: application/json\r\n',
  'content-length: 5\r\n',
  'content-length: -5\r\n',
  'content-length: 99999999999999999999\r\n',
  'transfer-encoding: chunked\r\n',
  `x: ${'a'.repeat(20_000)}\r\n`,
  '\r\n',
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  'zz\r\n',
  '\u0000\u0000',
].map((line) => Buffer.from(line, 'latin1'));

function bytes(chance: Chance, protocol: string): Buffer {
  const parts = protocol === 'h2' ? frames : lines;
  const made = Buffer.concat(Array.from({ length: 1 + chance.below(8) }, () => chance.pick(parts)));
  // One changed byte, in some of them.
  if (chance.onceIn(3)) made[chance.below(made.length)] = chance.below(256);
  return made.subarray(0, chance.onceIn(4) ? chance.below(made.length + 1) : made.length);
}

describe.each(['h2', 'http/1.1'])('an API server that sends invalid %s', (protocol) => {
  let server: tls.Server;
  let ca: string;
  let chance: Chance;
  beforeAll(async () => {
    const authority = await createTestAuthority();
    ca = authority.certPem;
    const { certPem: cert, keyPem } = await authority.issue();
    server = tls.createServer({ cert, key: keyPem, ALPNProtocols: [protocol] }, (socket) => {
      socket.on('error', () => undefined);
      const answer = () => {
        socket.write(bytes(chance, protocol));
        if (chance.onceIn(2)) socket.end();
      };
      // Before or after the request.
      if (chance.onceIn(4)) answer();
      else socket.once('data', answer);
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  it(`makes all of ${RUNS} reads fail in time with a ClusterReadError`, async () => {
    for (let index = 0; index < RUNS; index += 1) {
      chance = new Chance(1, index);
      const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const connection = new ClusterConnection({ url, ca });
      const reader = new KubeReader(new ApiClient(connection, new ListedTokens('token')));
      using deadline = new Deadline(150);
      await expect(reader.read(key, { deadline, fresh: true }), `index ${index}`).rejects.toThrow(ClusterReadError);
      connection.close();
    }
  });
});
