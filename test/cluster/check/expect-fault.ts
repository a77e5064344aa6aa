// One fault of `cwii check serviceaccount`: exactly one failure, with its cause and remedy.

import { expect } from 'vitest';
import { type Code, healthy, type Results } from './trust-faults.ts';
import { resultsOf, type TrustingClouds } from './trusting-clouds.ts';

/** One fault gives one failure with its cause and remedy, in text and in JSON. Nothing else fails. */
export async function expectFault(
  clouds: TrustingClouds,
  {
    code,
    cause,
    remedy,
    ...others
  }: { code: Code; cause: string; remedy: string } & {
    results?: Results;
  },
  args: readonly string[] = [],
) {
  const report = await clouds.report('shop/checkout', ...args);
  const text = await clouds.check('shop/checkout', ...args);

  expect(resultsOf(report)).toEqual({ ...healthy, ...others.results, [code]: 'failed' });
  expect(report.success).toBe(false);
  const failures = report.categories.flatMap(({ checks }) => checks).filter(({ result }) => result === 'failed');
  expect(failures).toEqual([expect.objectContaining({ code })]);
  expect(failures[0]?.cause).toContain(cause);
  expect(failures[0]?.remedy).toContain(remedy);
  // The clouds' answers have the time.
  const masked = (line: string) => line.replaceAll(/\d/g, '0');
  const lines = `${failures[0]?.cause} [${code}]\n    → ${failures[0]?.remedy}\n`;
  expect(masked(text.stdout)).toContain(masked(lines));
  expect(text).toMatchObject({ status: 1, stderr: '' });
}
