// Tests for reading text files, and for the messages if that fails.

import { expect, test } from 'vitest';
import { readTextFile } from '../../../lib/common/text-file.ts';

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
