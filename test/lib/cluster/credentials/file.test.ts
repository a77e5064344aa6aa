// Tests of the token in a file: when the file is read again, and which contents are not a token.

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
  it('is the trimmed text', async () => {
    await writeFile(path, ' eyJhbGciOi.J9-_~+/==\n');

    expect(await new FileCredential(path).token()).toBe('eyJhbGciOi.J9-_~+/==');
  });

  it('is read again after the file changed', async () => {
    const credential = new FileCredential(path);
    await writeFile(path, 'old');
    const before = await credential.token();
    await writeFile(path, 'new');

    expect([before, await credential.token()]).toEqual(['old', 'new']);
  });

  it('is read again after the file was replaced with one of the same length', async () => {
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

  it('is not read again while the file is unchanged', async () => {
    const credential = new FileCredential(path);
    const noon = new Date('2026-11-01T12:00:00Z');
    await writeFile(path, 'token-1');
    await utimes(path, noon, noon);
    await credential.token();
    await writeFile(path, 'token-2');
    await utimes(path, noon, noon);

    expect(await credential.token()).toBe('token-1');
  });

  it('is read again after it was rejected, even if the file looks unchanged', async () => {
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

  it('is not read again if another token was rejected', async () => {
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

  it.each(['', 'half of a'])('is used while the next one is being written, and the file contains %j', async (text) => {
    const credential = new FileCredential(path);
    await writeFile(path, 'token-1');
    await credential.token();
    await writeFile(path, text);
    const meanwhile = await credential.token();
    await writeFile(path, 'the-whole-token-2');

    expect([meanwhile, await credential.token()]).toEqual(['token-1', 'the-whole-token-2']);
  });

  it('has the audiences of the API server once it was read', async () => {
    const credential = new FileCredential(path);
    const claims = { iss: 'https://issuer.example.com', aud: ['api'] };
    await writeFile(path, `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`);
    const before = credential.audiences;
    await credential.token();

    expect([before, credential.audiences]).toEqual([[], ['https://issuer.example.com', 'api']]);
  });

  it('is read as soon as a missing file exists', async () => {
    const credential = new FileCredential(path);
    await expect(credential.token()).rejects.toThrow();
    await writeFile(path, 'token-1');

    expect(await credential.token()).toBe('token-1');
  });
});

describe('reading the token', () => {
  it('fails for a missing file', async () => {
    await expect(new FileCredential(path).token()).rejects.toMatchObject({
      code: 'credential-unreadable',
      message: `the cluster token cannot be read from ${path}; check the path and its permissions`,
      cause: { code: 'ENOENT' },
    });
  });

  it('fails for a folder', async () => {
    await expect(new FileCredential(folder).token()).rejects.toMatchObject({ code: 'credential-unreadable' });
  });

  it.each(['', '\n', 'two words', 'line\nline', '{"token":"x"}', 'ümlaut', '=', 'a=b'])(
    'fails for the content %j, without showing it',
    async (text) => {
      await writeFile(path, text);

      await expect(new FileCredential(path).token()).rejects.toMatchObject({
        code: 'credential-unreadable',
        message: `the file ${path} does not contain a bearer token`,
      });
    },
  );

  it('fails after the file was deleted', async () => {
    const credential = new FileCredential(path);
    await writeFile(path, 'token-1');
    await credential.token();
    await rm(path);

    await expect(credential.token()).rejects.toMatchObject({ code: 'credential-unreadable' });
  });
});
