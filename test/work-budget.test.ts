// An admission's work has a budget, in figures that are the same on every machine and in every run: how many functions
// of the bundle are called, and how many characters of it run. What grows them on purpose raises the budget here.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

interface Work {
  readonly calls: number;
  readonly characters: number;
}

/** Their threads end when they end, and what they have inlined into its caller is not counted any more. */
const withoutOptimizingCompilers = ['--no-opt', '--no-maglev'];

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function count(): Work {
  const { PATH } = process.env;
  const args = [...withoutOptimizingCompilers, path('work/count.ts'), path('../dist/webhook/index.mjs')];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env: { PATH } }));
}

it('an admission of a usual pod stays within its budget, and is counted alike twice', () => {
  const [first, second] = [count(), count()];

  expect(second).toEqual(first);
  expect(first.calls).toBeLessThanOrEqual(730);
  expect(first.characters).toBeLessThanOrEqual(46_500);
});
