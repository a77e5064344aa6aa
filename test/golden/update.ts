// Writes what the function answers now into a golden case's file: warnings, the denial and `adds`.

import { readFile, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, isNode, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import type { Manifest } from '../../cli/preview/manifest-reader.ts';
import type { GoldenCase, Outcome, Told } from './cases.ts';
import { additionsOf } from './describe-additions.ts';
import { nodeOf, textOf } from './layout.ts';

/**
 * Changes only what differs and keeps everything else, such as comments. A case without an outcome gets one.
 *
 * @throws Error if the outcome is another one than the case has: a person has to decide on that.
 */
export async function updateCase(golden: GoldenCase, pod: Manifest, told: Told): Promise<void> {
  const document = parseDocument(await readFile(golden.file, 'utf8'));
  const text = document.getIn(golden.keys, true);
  if (!isMap(text)) throw new Error(`${golden.file}: expected a map`);
  const set = (key: string, value: unknown) => {
    if (value === undefined) text.delete(key);
    else text.set(key, updated(document, text.get(key, true), value));
  };

  const outcome = outcomeOf(golden, told);
  if (golden.outcome !== undefined && golden.outcome !== outcome)
    throw new Error(`the case says ${golden.outcome}, and the answer is ${outcome}; change the case by hand`);
  // A row that says nothing yet is written as {}; its keys go to lines of their own.
  if (text.items.length === 0) text.flow = false;
  if (outcome === 'denied' || outcome === 'skipped') {
    if (told[outcome] !== golden.answer[outcome]) set(outcome, told[outcome]);
  } else if (golden.outcome === undefined || !isDeepStrictEqual(pod, golden.expected)) {
    set(outcome, outcome === 'admitted' ? pod : additionsTo(golden.pod, pod));
  }
  if (!isDeepStrictEqual(told.warnings, golden.answer.warnings)) set('warns', told.warnings);
  await writeFile(golden.file, textOf(document));
}

function outcomeOf({ outcome }: GoldenCase, { denied, skipped }: Told): Outcome {
  if (denied !== undefined) return 'denied';
  if (skipped !== undefined) return 'skipped';
  return outcome === 'admitted' ? 'admitted' : 'adds';
}

function additionsTo(pod: Manifest, admitted: Manifest) {
  const adds = additionsOf(pod, admitted);
  if (adds === undefined) throw new Error('more was changed than `adds` can say; write the whole pod as `admitted`');
  return adds;
}

/** A node of `value` in place of `old`. Keeps its comments, and the items of a list that have not changed. */
function updated(document: Document, old: unknown, value: unknown): Node {
  if (isSeq(old) && Array.isArray(value) && old.items.length === value.length) {
    old.items = old.items.map((item, index) => updated(document, item, value[index]));
    return old;
  }
  if (isScalar(old) && old.value === value) return old;
  const node = nodeOf(document, value);
  if (isNode(old)) {
    const { comment, commentBefore, spaceBefore } = old;
    Object.assign(node, { comment, commentBefore, spaceBefore });
  }
  return node;
}
