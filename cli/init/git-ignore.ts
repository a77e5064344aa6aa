// Excludes a file with a secret from git.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { writeTextFile } from '../write-file.ts';

/**
 * Adds the file to the .gitignore beside it, if it is in a repository that does not ignore it.
 *
 * @returns the .gitignore, if it was changed.
 */
export function ignoreInGit(file: string): string | undefined {
  const directory = dirname(file);
  // 0: ignored, 1: not ignored, 128: no repository. Without git there is nothing to exclude it from.
  const { status } = spawnSync('git', ['check-ignore', '--quiet', '--', basename(file)], { cwd: directory });
  if (status !== 1) return undefined;
  const ignoreFile = join(directory, '.gitignore');
  const before = existsSync(ignoreFile) ? readFileSync(ignoreFile, 'utf8') : '';
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  writeTextFile(
    ignoreFile,
    `${before}${separator}# The token of cwii, with which the API server authenticates.\n/${patternOf(basename(file))}\n`,
  );
  return ignoreFile;
}

/** The name as a pattern that matches only itself. */
function patternOf(name: string): string {
  return name.replace(/[\\*?[\]# !]/g, '\\$&');
}
