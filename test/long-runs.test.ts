// The commands that run for minutes say at once what they take, and refuse what they do not know.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

function run(file: string, ...args: string[]) {
  const main = join(import.meta.dirname, file);
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe.each([
  ['fuzz/main.ts', ['--runs <count>', '--seed <number>', '--only <index>', '--of <subject>', '--json']],
  ['soak/main.ts', ['--minutes <count>', '--rate <count>']],
])('%s', (file, options) => {
  it('tells its options with --help', () => {
    const { status, stdout, stderr } = run(file, '--help');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const option of options) expect(stdout).toContain(option);
  });

  it.each([
    ['--fast', "error: unknown option '--fast'\n"],
    ['now', 'error: too many arguments. Expected 0 arguments but got 1: now.\n'],
  ])('refuses %s in one line', (argument, stderr) => {
    expect(run(file, argument)).toEqual({ status: 1, stdout: '', stderr });
  });
});

it.each([
  [
    'fuzz/main.ts',
    ['--runs', '1e3x'],
    "error: option '--runs <count>' argument '1e3x' is invalid. It has to be a whole number.",
  ],
  ['fuzz/main.ts', ['--runs', '0'], "error: option '--runs <count>' argument '0' is invalid. It has to be at least 1."],
  [
    'fuzz/main.ts',
    ['--of', 'toString'],
    "error: option '--of <subject>' argument 'toString' is invalid. Allowed choices are events, answers, configurations, views.",
  ],
  [
    'soak/main.ts',
    ['--minutes', 'ten'],
    "error: option '--minutes <count>' argument 'ten' is invalid. It has to be a number above 0.",
  ],
  [
    'soak/main.ts',
    ['--rate', '0'],
    "error: option '--rate <count>' argument '0' is invalid. It has to be a number above 0.",
  ],
])('%s %j runs nothing', (file, args, stderr) => {
  expect(run(file, ...args)).toMatchObject({ status: 1, stdout: '', stderr: `${stderr}\n` });
});
