// The error for a namespace that does not exist: a misspelt name must not become an empty report.

import { CwiiError } from '../../lib/common/errors.ts';
import { nearestName } from '../../lib/common/nearest-name.ts';

/** Enough for a line; a cluster can have thousands. */
const MOST_NAMED = 10;

/** @param problem what is wrong, before the remedy. */
export function unknownNamespace(problem: string, name: string, known: readonly string[]): CwiiError {
  const nearest = nearestName(name, known);
  return new CwiiError(
    'namespace-unknown',
    `${problem}; ${nearest === undefined ? listOf(known) : `did you mean "${nearest}"?`}`,
  );
}

function listOf(known: readonly string[]): string {
  if (known.length === 0) return 'correct the name, or leave out -n';
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
  return `choose ${known.toSorted().slice(0, MOST_NAMED).join(', ')}${more}`;
}
