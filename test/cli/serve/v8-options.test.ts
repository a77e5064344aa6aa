// Tests that this version of Node.js knows the options that the server sets.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { V8_OPTIONS } from '../../../cli/serve/v8-options.ts';

const run = (options: readonly string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [...options, '--eval', '0'], { encoding: 'utf8' });
  return { status, stderr };
};

test('the options of V8 are known to this version of Node.js', () => {
  expect(run(V8_OPTIONS)).toEqual({ status: 0, stderr: '' });
  expect(run(['--not-an-option'])).toMatchObject({ status: 9 });
});
