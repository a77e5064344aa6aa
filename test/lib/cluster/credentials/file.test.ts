// Knows when the token file is read again, and what is no token.

import { mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileCredential } from '../../../../lib/cluster/credentials/file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cwii-token-'));
  path = join(folder, 'token');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the token of a file', () => {
  it('is its text without the white space around it', async () => {
    await writeFile(path, ' eyJhbGciOi.J9-_~+/==\n');

    expect(await new FileCredential(path).token()).toBe('eyJhbGciOi.J9-_~+/==');
  });

  it('is read again when the file has changed', async () => {
    const credential = new FileCredential(path);
    await writeFile(path, 'old');
    const before = await credential.token();
    await writeFile(path, 'renewed');

    expect([before, await credential.token()]).toEqual(['old', 'renewed']);
  });

  it('is read again when another of the same length has been put in its place', async () => {
    const credential = new FileCredential(path);
    const noon = new Date('2026-11-01T12:00:00Z');
    await writeFile(path, 'token-1');
    await utimes(path, noon, noon);
    const before = await credential.token();
    await writeFile(`${path}.new`, 'token-2');
    await utimes(`${path}.new`, noon, noon);
    await rename(`${path}.new`, path);

    expect([before, await credential.token()]).toEqual(['token-1', 'token-2']);
  });

  it('is not read again while the file is the same', async () => {
    const credential = new FileCredential(path);
    const noon = new Date('2026-11-01T12:00:00Z');
    await writeFile(path, 'token-1');
    await utimes(path, noon, noon);
    await credential.token();
    await writeFile(path, 'token-2');
    await utimes(path, noon, noon);

    expect(await credential.token()).toBe('token-1');
  });

  it('is read again once it was rejected, even from a file that looks the same', async () => {
    const credential = new FileCredential(path);
    const noon = new Date('2026-11-01T12:00:00Z');
    await writeFile(path, 'token-1');
    await utimes(path, noon, noon);
    const rejected = await credential.token();
    await writeFile(path, 'token-2');
    await utimes(path, noon, noon);
    credential.rejected(rejected);

    expect(await credential.token()).toBe('token-2');
  });

  it('stays where another one was rejected', async () => {
    const credential = new FileCredential(path);
    const noon = new Date('2026-11-01T12:00:00Z');
    await writeFile(path, 'token-1');
    await utimes(path, noon, noon);
    await credential.token();
    await writeFile(path, 'token-2');
    await utimes(path, noon, noon);
    credential.rejected('token-0');

    expect(await credential.token()).toBe('token-1');
  });

  it.each(['', 'half of a'])('serves while the next one is being written, and the file has %j', async (text) => {
    const credential = new FileCredential(path);
    await writeFile(path, 'token-1');
    await credential.token();
    await writeFile(path, text);
    const meanwhile = await credential.token();
    await writeFile(path, 'the-whole-token-2');

    expect([meanwhile, await credential.token()]).toEqual(['token-1', 'the-whole-token-2']);
  });

  it('tells the audiences of the API server, once it has been read', async () => {
    const credential = new FileCredential(path);
    const claims = { iss: 'https://issuer.example.com', aud: ['api'] };
    await writeFile(path, `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`);
    const before = credential.audiences;
    await credential.token();

    expect([before, credential.audiences]).toEqual([[], ['https://issuer.example.com', 'api']]);
  });

  it('comes as soon as a file that was missing is there', async () => {
    const credential = new FileCredential(path);
    await expect(credential.token()).rejects.toThrow();
    await writeFile(path, 'token-1');

    expect(await credential.token()).toBe('token-1');
  });
});

describe('no token', () => {
  it('is in a file that does not exist', async () => {
    await expect(new FileCredential(path).token()).rejects.toMatchObject({
      code: 'credential-unreadable',
      message: `the cluster token cannot be read from ${path}`,
      cause: { code: 'ENOENT' },
    });
  });

  it('is in a folder', async () => {
    await expect(new FileCredential(folder).token()).rejects.toMatchObject({ code: 'credential-unreadable' });
  });

  it.each(['', '\n', 'two words', 'line\nline', '{"token":"x"}', 'ümlaut', '=', 'a=b'])(
    'is %j, which is not repeated in the error',
    async (text) => {
      await writeFile(path, text);

      await expect(new FileCredential(path).token()).rejects.toMatchObject({
        code: 'credential-unreadable',
        message: `the file ${path} holds no bearer token`,
      });
    },
  );

  it('is left of one that was deleted', async () => {
    const credential = new FileCredential(path);
    await writeFile(path, 'token-1');
    await credential.token();
    await rm(path);

    await expect(credential.token()).rejects.toMatchObject({ code: 'credential-unreadable' });
  });
});
