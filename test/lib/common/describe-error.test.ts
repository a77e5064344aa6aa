// Tests for the form in which errors are printed.

import { expect, test } from 'vitest';
import { describeError } from '../../../lib/common/describe-error.ts';
import { CwiiError } from '../../../lib/common/errors.ts';

test.for([
  ['a single line', 'no file', 'no file [usage]'],
  ['each of several messages', 'one\ntwo', 'one [usage]\ntwo [usage]'],
  [
    'a message with indented lines, once',
    'add these:\n  --region\n  --name',
    'add these:\n  --region\n  --name [usage]',
  ],
] as const)('the code ends %s', ([, message, printed]) => {
  expect(describeError(new CwiiError('usage', message))).toBe(printed);
});
