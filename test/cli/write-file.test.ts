// Files that commands write: secrets are private, and links are not followed.

import { lstat, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeDirectories, writeTextFile } from '../../cli/write-file.ts';
import { cwii, folderOf } from './command.ts';

const modeOf = async (path: string) => (await lstat(path)).mode & 0o777;

describe('writeTextFile', () => {
  test('makes a secret private, also in place of a file that others can read', async () => {
    await using folder = await folderOf({ token: 'old' });
    const path = join(folder.path, 'token');

    writeTextFile(path, 'new', { secret: true });

    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['new', 0o600]);
    expect(await readdir(folder.path)).toEqual(['token']);
  });

  test('keeps the mode of a file that it replaces', async () => {
    await using folder = await folderOf({});
    const path = join(folder.path, 'cwii.yaml');
    writeTextFile(path, 'first', { secret: true });

    writeTextFile(path, 'second');

    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['second', 0o600]);
  });

  test.for([
    ['a link to a file', 'other', 'is a symbolic link, through which cwii does not write'],
    ['a link to nothing', 'nowhere', 'is a symbolic link, through which cwii does not write'],
    ['a directory', undefined, 'is not a regular file'],
  ] as const)('refuses %s', async ([, target, message]) => {
    await using folder = await folderOf({ other: 'untouched' });
    const path = join(folder.path, 'token');
    await (target === undefined ? mkdir(path) : symlink(target, path));

    expect(() => writeTextFile(path, 'secret', { secret: true })).toThrow(
      expect.objectContaining({ code: 'file-unwritable', message: expect.stringContaining(message) }),
    );
    expect(await readFile(join(folder.path, 'other'), 'utf8')).toBe('untouched');
    expect((await readdir(folder.path)).sort()).toEqual(['other', 'token']);
  });

  test('does not replace a file without permission', async () => {
    await using folder = await folderOf({ token: 'old' });

    expect(() => writeTextFile(join(folder.path, 'token'), 'new', { replace: false })).toThrow(
      expect.objectContaining({ code: 'file-exists' }),
    );
    expect(await readFile(join(folder.path, 'token'), 'utf8')).toBe('old');
  });

  test('names a file in the place of a directory', async () => {
    await using folder = await folderOf({ file: '' });

    expect(() => makeDirectories(folder.path, 'file/deeper')).toThrow(/file is not a directory; /);
    expect(() => writeTextFile(join(folder.path, 'file', 'token'), '')).toThrow(/cannot be written \(ENOTDIR\)/);
  });
});

describe('a command', () => {
  test('does not write a token through a link, not even with --force', async () => {
    await using folder = await folderOf({ other: 'untouched' });
    await symlink('other', join(folder.path, 'token'));

    const { status, stderr } = await cwii(['caller-token', '--out', 'token', '--force'], { cwd: folder.path });

    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'cwii: token is a symbolic link, through which cwii does not write; remove it, or choose another path [file-unwritable]\n',
    });
    expect(await readFile(join(folder.path, 'other'), 'utf8')).toBe('untouched');
  });

  const fixture = join(import.meta.dirname, 'manifests', 'path-key');
  const manifests = async (cwd: string, ...args: string[]) => {
    const url = ['--url', 'https://cwii.example.com', '--path-key', join(fixture, 'path-key')];
    return cwii(['manifests', '--file', join(fixture, 'cwii.yaml'), ...url, ...args], { cwd });
  };

  test('keeps a webhook configuration with a path key private', async () => {
    await using folder = await folderOf({});

    expect(await manifests(folder.path)).toMatchObject({ status: 0, stderr: '' });
    expect(await modeOf(join(folder.path, 'manifests', 'rented', '3-webhook', 'webhook.yaml'))).toBe(0o600);
  });

  test.for(['manifests', 'manifests/rented', 'manifests/rented/3-webhook'])(
    'does not write through the link %s',
    async (link) => {
      await using folder = await folderOf({});
      await using target = await folderOf({});
      await mkdir(join(folder.path, link, '..'), { recursive: true });
      await symlink(target.path, join(folder.path, link));

      const { status, stderr } = await manifests(folder.path);

      expect(status).toBe(1);
      expect(stderr).toBe(
        `cwii: ${link} is a symbolic link, through which cwii does not write; choose another --out [file-unwritable]\n`,
      );
      expect(await readdir(target.path)).toEqual([]);
    },
  );

  test('writes into a folder that the user reaches through a link', async () => {
    await using folder = await folderOf({});
    await using target = await folderOf({});
    await symlink(target.path, join(folder.path, 'out'));

    expect(await manifests(folder.path, '--out', 'out')).toMatchObject({ status: 0 });
    expect((await readdir(target.path)).sort()).toEqual(['3-webhook', 'README.md']);
  });
});
