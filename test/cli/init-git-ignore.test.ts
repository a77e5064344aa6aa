// `cwii init` in a git repository: the token is never left for `git add`.

import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ignoreInGit } from '../../cli/init/git-ignore.ts';
import { folderOf } from './command.ts';

async function repository(files: Readonly<Record<string, string>> = {}) {
  const folder = await folderOf(files);
  execFileSync('git', ['init', '--quiet'], { cwd: folder.path });
  return folder;
}

const untracked = (cwd: string) =>
  execFileSync('git', ['ls-files', '--others', '--exclude-standard'], { cwd, encoding: 'utf8' }).trim().split('\n');

describe('the file of a token', () => {
  test.for(['caller-token-prod', 'my token #1', '!important', '[a]*?'])('%s is excluded from git', async (name) => {
    await using folder = await repository({ [name]: 'secret', '.gitignore': 'dist/' });

    expect(ignoreInGit(join(folder.path, name))).toBe(join(folder.path, '.gitignore'));

    expect(untracked(folder.path)).toEqual(['.gitignore']);
    expect(ignoreInGit(join(folder.path, name))).toBeUndefined();
  });

  test('in a folder is excluded by a .gitignore in this folder', async () => {
    await using folder = await repository({});
    await mkdir(join(folder.path, 'secrets'));
    const path = join(folder.path, 'secrets', 'token');

    expect(ignoreInGit(path)).toBe(join(folder.path, 'secrets', '.gitignore'));

    expect(await readFile(join(folder.path, 'secrets', '.gitignore'), 'utf8')).toMatch(/^# .*\n\/token\n$/);
  });

  test('outside of a repository needs no .gitignore', async () => {
    await using folder = await folderOf({});

    expect(ignoreInGit(join(folder.path, 'token'))).toBeUndefined();
  });

  test.for(['caller-token', 'caller-token-prod', 'clusters/caller-token-prod', 'path-key'])(
    'of the guides is excluded in a checkout of cwii: %s',
    (path) => {
      const root = join(import.meta.dirname, '..', '..');

      expect(() => execFileSync('git', ['check-ignore', '--quiet', path], { cwd: root })).not.toThrow();
    },
  );
});
