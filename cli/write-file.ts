// Writes the files of all commands: whole or not at all, never through a link, secrets with mode 0600.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CwiiError } from '../lib/common/errors.ts';
import { describeWriteError, fileErrorCode } from '../lib/common/text-file.ts';

export interface WriteOptions {
  /** Only the user can read the file. */
  readonly secret?: boolean;
  /** Whether an existing file is replaced. @default true */
  readonly replace?: boolean;
  /** The end of the message if the file cannot be written. */
  readonly remedy?: string;
}

/**
 * Writes a temporary file in the same directory and gives it the name. Who can create files in that directory
 * cannot make cwii write into another file, and a reader never sees a half of the file.
 *
 * @throws {CwiiError} `file-unwritable`, or `file-exists` without `replace`.
 */
export function writeTextFile(file: string, text: string, options: WriteOptions = {}): void {
  const { secret = false, replace = true, remedy } = options;
  const existing = statOf(file, remedy);
  if (existing && !existing.isFile()) throw unwritable(file, notAFile(existing), remedy);
  if (existing && !replace) throw exists(file);
  const temporary = join(dirname(file), `.cwii-${randomBytes(8).toString('hex')}.tmp`);
  try {
    writeNew(temporary, text, secret ? 0o600 : existing ? existing.mode & 0o777 : undefined);
    // A link fails if the name has been taken since the check above, where a rename would replace the file.
    if (replace) renameSync(temporary, file);
    else linkSync(temporary, file);
  } catch (error) {
    if (fileErrorCode(error) === 'EEXIST') throw exists(file, error);
    throw unwritable(file, describeWriteError(error), remedy, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Creates the directories of a path below `root`. A link among them could lead out of `root`.
 *
 * @throws {CwiiError} `file-unwritable`.
 */
export function makeDirectories(root: string, path: string, remedy?: string): void {
  try {
    makeWithParents(resolve(root));
  } catch (error) {
    throw unwritable(root, describeWriteError(error), remedy, error);
  }
  let directory = root;
  for (const part of path.split('/').filter((name) => name !== '' && name !== '.')) {
    directory = join(directory, part);
    const existing = statOf(directory, remedy);
    if (existing && !existing.isDirectory()) throw unwritable(directory, notADirectory(existing), remedy);
    if (existing) continue;
    try {
      mkdirSync(directory);
    } catch (error) {
      throw unwritable(directory, describeWriteError(error), remedy, error);
    }
  }
}

/** `recursive` of mkdirSync never ends where a directory exists that nothing can be created in, as /proc. */
function makeWithParents(directory: string): void {
  if (existsSync(directory)) return;
  makeWithParents(dirname(directory));
  mkdirSync(directory);
}

function writeNew(file: string, text: string, mode: number | undefined): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  // On Windows there is no O_NOFOLLOW. O_EXCL does not follow links either.
  const descriptor = openSync(file, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), mode ?? 0o666);
  try {
    // The mode of a file that is replaced can have bits that the umask would remove.
    if (mode !== undefined) fchmodSync(descriptor, mode);
    writeFileSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}

function statOf(path: string, remedy: string | undefined): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unwritable(path, describeWriteError(error), remedy, error);
  }
}

function notAFile(stats: Stats): string {
  return stats.isSymbolicLink() ? 'is a symbolic link, through which cwii does not write' : 'is not a regular file';
}

function notADirectory(stats: Stats): string {
  return stats.isSymbolicLink() ? 'is a symbolic link, through which cwii does not write' : 'is not a directory';
}

function exists(file: string, cause?: unknown): CwiiError {
  const message = `${file} already exists; choose another name, or overwrite it with --force`;
  return new CwiiError('file-exists', message, { cause });
}

function unwritable(
  file: string,
  reason: string,
  remedy = 'remove it, or choose another path',
  cause?: unknown,
): CwiiError {
  return new CwiiError('file-unwritable', `${file} ${reason}; ${remedy}`, { cause });
}
