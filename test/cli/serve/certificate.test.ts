// Tests how the certificate is replaced while the server runs, and the warning before it ends.

import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { connect } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type KeyPair, ServedCertificate } from '../../../cli/serve/certificate.ts';
import { ServerLog } from '../../../cli/serve/server-log.ts';
import { createTestAuthority } from '../../../testing/certificates.ts';
import { waitFor } from '../../../testing/wait-for.ts';
import { folderOf } from '../command.ts';
import { serve, servedFiles } from '../served.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A log whose lines the test reads. */
function watchedLog() {
  const entries: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      entries.push(JSON.parse(String(line)));
      done();
    },
  });
  return { log: new ServerLog(undefined, stream as NodeJS.WriteStream), entries };
}

async function pairs(count: number): Promise<KeyPair[]> {
  const authority = await createTestAuthority();
  const issued = await Promise.all(Array.from({ length: count }, () => authority.issue()));
  return issued.map(({ certPem, keyPem }) => ({ cert: certPem, key: keyPem }));
}

/** A certificate in a folder, on a server that only remembers its pairs. */
async function servedIn(folder: string) {
  const { log, entries } = watchedLog();
  const used: KeyPair[] = [];
  const certificate = new ServedCertificate({ tlsCert: join(folder, 'tls.crt'), tlsKey: join(folder, 'tls.key') }, log);
  return {
    certificate,
    entries,
    used,
    server: { setSecureContext: (pair: object) => void used.push(pair as KeyPair) },
  };
}

async function write(folder: string, { cert, key }: Partial<KeyPair>): Promise<void> {
  if (cert) await writeFile(join(folder, 'tls.crt'), cert);
  if (key) await writeFile(join(folder, 'tls.key'), key);
}

describe('a certificate whose files change', () => {
  test('is replaced when both files are there, and not before', async () => {
    const [old, renewed] = (await pairs(2)) as [KeyPair, KeyPair];
    await using folder = await folderOf({ 'tls.crt': old.cert, 'tls.key': old.key });
    const { certificate, entries, used, server } = await servedIn(folder.path);
    certificate.serveOn(server);

    certificate.reload();
    expect(used).toEqual([]);

    await write(folder.path, { cert: renewed.cert });
    certificate.reload();
    certificate.reload();
    expect(used).toEqual([]);
    expect(entries).toMatchObject([{ level: 'warn', outcome: 'certificate', code: 'certificate-not-reloaded' }]);
    expect(certificate.pair).toEqual(old);

    await write(folder.path, { key: renewed.key });
    certificate.reload();
    expect(used).toEqual([renewed]);
    expect(entries.at(-1)).toMatchObject({ level: 'info', message: expect.stringContaining('reloaded') });
  });

  test('is replaced by a link that is exchanged, as in the volume of a Secret', async () => {
    const [old, renewed] = (await pairs(2)) as [KeyPair, KeyPair];
    await using folder = await folderOf({});
    const publish = async (name: string, pair: KeyPair) => {
      await mkdir(join(folder.path, name));
      await write(join(folder.path, name), pair);
      await symlink(name, join(folder.path, '..data_tmp'));
      await rename(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
    };
    await publish('..2026_01', old);
    for (const file of ['tls.crt', 'tls.key']) await symlink(`..data/${file}`, join(folder.path, file));
    const { certificate, used, server } = await servedIn(folder.path);
    certificate.serveOn(server, 5);

    await publish('..2026_02', renewed);

    expect(await waitFor('the new certificate', () => used.at(-1))).toEqual(renewed);
  });

  test('stays if its files are gone', async () => {
    const [old] = (await pairs(1)) as [KeyPair];
    await using folder = await folderOf({ 'tls.crt': old.cert, 'tls.key': old.key });
    const { certificate, entries, server } = await servedIn(folder.path);
    certificate.serveOn(server);
    await rename(join(folder.path, 'tls.key'), join(folder.path, 'moved.key'));

    certificate.reload();

    expect(certificate.pair).toEqual(old);
    expect(entries).toMatchObject([{ error: expect.stringMatching(/does not exist \(file-unreadable\)/) }]);
  });
});

describe('a certificate that ends', () => {
  afterEach(() => void vi.useRealTimers());

  async function entriesAt(left: number) {
    const [pair] = (await pairs(1)) as [KeyPair];
    await using folder = await folderOf({ 'tls.crt': pair.cert, 'tls.key': pair.key });
    const { certificate, entries, server } = await servedIn(folder.path);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(certificate.endsAt - left);
    certificate.serveOn(server);
    certificate.reload();
    vi.setSystemTime(Date.now() + DAY_MS + 1);
    certificate.reload();
    return entries;
  }

  test('in more than fourteen days is not reported', async () => {
    expect(await entriesAt(16 * DAY_MS)).toEqual([]);
  });

  test('in less than fourteen days is reported once a day', async () => {
    expect(await entriesAt(13.5 * DAY_MS)).toMatchObject([
      { level: 'warn', code: 'certificate-expires', error: expect.stringContaining('ends in 13 days') },
      { level: 'warn', code: 'certificate-expires', error: expect.stringContaining('ends in 12 days') },
    ]);
  });

  test('is reported after its end', async () => {
    expect((await entriesAt(0.5 * DAY_MS)).at(-1)).toMatchObject({ error: expect.stringContaining('ended at') });
  });
});

test('SIGHUP makes a running server use the new certificate', async () => {
  await using files = await servedFiles();
  await using server = await serve(files);
  const fingerprint = async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const before = await fingerprint();
  const { certPem, keyPem } = await files.authority.issue();
  await write(files.path, { cert: certPem, key: keyPem });

  server.child.kill('SIGHUP');
  await waitFor('the line', () => server.entries().some(({ outcome }) => outcome === 'certificate'));

  expect(await fingerprint()).not.toBe(before);
  expect((await server.admit()).status).toBe(200);
});
