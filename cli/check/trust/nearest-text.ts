// The most similar of several texts, however different it is.

import { editDistance } from '../../../lib/common/edit-distance.ts';

/** Longer texts are compared by their beginnings, because a comparison takes time. */
const COMPARED = 300;

/** @returns undefined without candidates. */
export function nearestText(text: string, candidates: readonly string[]): string | undefined {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, edits: editDistance(candidate.slice(0, COMPARED), text.slice(0, COMPARED)) }))
    .sort((one, other) => one.edits - other.edits);
  return nearest?.candidate;
}
