// Options of V8 for a server: the code of an admission is compiled after fewer requests.

import { setFlagsFromString } from 'node:v8';

/**
 * V8 optimises a function after 3,000 calls, and an admission calls most functions once. A cluster creates so
 * many pods in hours or days, so most admissions would run in slow code (docs/decisions/023-v8-options.md).
 */
export const V8_OPTIONS: readonly string[] = [
  '--always-sparkplug',
  '--no-lazy-feedback-allocation',
  '--invocation-count-for-maglev=50',
  '--invocation-count-for-turbofan=500',
  '--minimum-invocations-after-ic-update=50',
];

/** Call it before the code of the function is loaded. */
export function compileEarly(): void {
  for (const option of V8_OPTIONS) setFlagsFromString(option);
}
