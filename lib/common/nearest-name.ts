// Suggestions for misspelt names.

import { editDistance } from './edit-distance.ts';

/** The candidate that `name` most likely misspells; undefined if none is close. Case does not count. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(name.length / 3));
  // There are at least as many edits as the lengths differ, so a long name needs no comparison.
  const [nearest] = candidates
    .filter((candidate) => Math.abs(candidate.length - name.length) <= most)
    .map((candidate) => ({ candidate, edits: editDistance(candidate.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.edits - other.edits);
  return nearest && nearest.edits <= most ? nearest.candidate : undefined;
}
