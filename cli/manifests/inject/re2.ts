// Finds what the regular expressions of JavaScript have and those of the API server (RE2) do not.

const ONLY_IN_JAVASCRIPT: readonly (readonly [RegExp, string])[] = [
  [/\(\?<?[=!]/, 'a look-ahead or look-behind'],
  [/\\([1-9]|k<)/, 'a back-reference'],
  [/\\(u|c[A-Za-z])/, 'an escape for one character'],
  [/\[\^?\]/, 'an empty class'],
];

/** RE2 repeats an expression at most so often. */
const MOST_REPETITIONS = 1000;

/** The part of a pattern that RE2 does not have; undefined if it has all. */
export function notInRe2(pattern: string): string | undefined {
  const counts = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].flatMap(([, least, most]) => [least, most].map(Number));
  if (counts.some((count) => count > MOST_REPETITIONS)) return `more than ${MOST_REPETITIONS} repetitions`;
  return ONLY_IN_JAVASCRIPT.find(([part]) => part.test(pattern))?.[1];
}
