// The fuzzer and the soak test document their options, and reject invalid values before they run.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

function run(file: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, file), ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.each([
  ['fuzz/main.ts', ['--runs <count>', '--seed <number>', '--only <index>', '--of <subject>', '--json']],
  ['soak/main.ts', ['--minutes <count>', '--rate <count>']],
])('%s', (file, options) => {
  it('documents its options with --help', () => {
    const { status, stdout, stderr } = run(file, '--help');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const option of options) expect(stdout).toContain(option);
  });

  it.each(['--fast', 'now'])('rejects the unknown argument %s', (argument) => {
    expect(run(file, argument)).toMatchObject({ status: 1, stdout: '' });
  });
});

it.each([
  ['fuzz/main.ts', '--runs', '1e3x', 'Use a whole number.'],
  ['fuzz/main.ts', '--runs', '0', 'Use 1 or more.'],
  ['fuzz/main.ts', '--of', 'toString', 'Allowed choices are events, answers, configurations, views.'],
  ['soak/main.ts', '--minutes', 'ten', 'Use a number above 0.'],
  ['soak/main.ts', '--rate', '0', 'Use a number above 0.'],
])('%s rejects %s %s', (file, option, value, message) => {
  const { status, stdout, stderr } = run(file, option, value);

  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(message);
});
