// Tests for reading text files, and for the messages if that fails.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTextFile } from '../../../lib/common/text-file.ts';
import { folderOf } from '../../cli/command.ts';

test('reads the text of a file', () => {
  expect(readTextFile(import.meta.filename, 'file-unreadable')).toContain('reads the text of a file');
});

test.for([
  ['nowhere.txt', {}, 'nowhere.txt does not exist'],
  [
    'nowhere.txt',
    { label: '--ca nowhere.txt', remedyIfMissing: 'copy it' },
    '--ca nowhere.txt does not exist; copy it',
  ],
  [import.meta.dirname, { label: 'it', remedyIfMissing: 'copy it' }, 'it cannot be read (EISDIR)'],
] as const)('names file, reason and remedy: %s %j', ([path, options, message]) => {
  expect(() => readTextFile(path, 'file-unreadable', options)).toThrow(
    expect.objectContaining({ code: 'file-unreadable', message, cause: expect.anything() }),
  );
});

test('stops at a file that is too large', async () => {
  await using folder = await folderOf({});
  const path = join(folder.path, 'big');
  await writeFile(path, Buffer.alloc(16 * 1024 * 1024 + 1));

  expect(() => readTextFile(path, 'file-unreadable')).toThrow(`${path} is larger than 16 MiB; name another file`);
});
