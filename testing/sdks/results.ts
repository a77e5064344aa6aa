// The outcome of each SDK in each scenario: written by test/languages/matrix.test.ts, read by docs/.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The outcome of each SDK, by cloud and scenario. */
export type Results = Record<string, Record<string, Readonly<Record<string, string>>>>;

export const resultsFile = join(import.meta.dirname, 'results.json');

export function readResults(): Results {
  return JSON.parse(readFileSync(resultsFile, 'utf8'));
}
