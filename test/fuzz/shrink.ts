// Makes an event with a fault smaller: removes parts of the review as long as the fault remains.

import { check } from './check.ts';
import type { FuzzCase } from './generate.ts';
import { bodyOf, isDeep } from './judge-review.ts';
import type { Checked } from './subject.ts';
import type { Target } from './targets.ts';

const MOST_TRIES = 3_000;

/** @returns the case with a smaller review; the same case if the body is not JSON or is nested deeply. */
export async function shrink(found: FuzzCase, problem: string, targets: readonly Target[]): Promise<FuzzCase> {
  const text = bodyOf(found.event);
  if (isDeep(text)) return found;
  let review: unknown;
  try {
    review = JSON.parse(text);
  } catch {
    return found;
  }
  let tries = 0;
  const caseOf = (body: unknown): FuzzCase => ({
    ...found,
    event: { ...found.event, body: JSON.stringify(body), isBase64Encoded: false },
  });
  const holds = async (body: unknown) => {
    tries += 1;
    const checked: Checked = await check(caseOf(body), targets);
    return checked.problem === problem;
  };
  if (!(await holds(review))) return found;
  for (let smaller = true; smaller && tries < MOST_TRIES; ) {
    smaller = false;
    for (const path of pathsIn(review).toReversed()) {
      if (tries >= MOST_TRIES) break;
      const without = structuredClone(review);
      if (!remove(without, path) || !(await holds(without))) continue;
      review = without;
      smaller = true;
    }
  }
  return caseOf(review);
}

function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
}

/** @returns false if the path does not exist. */
function remove(root: unknown, path: readonly string[]): boolean {
  const parents = path.slice(0, -1);
  const parent = parents.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    root,
  );
  const key = path.at(-1) ?? '';
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) return false;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete (parent as Record<string, unknown>)[key];
  return true;
}
