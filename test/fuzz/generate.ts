// Generates one event and selects the function that gets it, from a seed and an index.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { eventOf } from '../fakes/events.ts';
import { Chance } from './chance.ts';
import { changeEvent, notAnEvent } from './change-event.ts';
import { changeReview } from './change-review.ts';
import { changeText } from './change-text.ts';
import { readCorpus } from './corpus.ts';
import { unmark } from './odd-values.ts';

export interface FuzzCase {
  readonly event: LambdaFunctionURLEvent;
  /** The index of the target that gets it. */
  readonly target: number;
  /** The seed of the target's cluster. */
  readonly clusterSeed: number;
  readonly clusterFails: boolean;
}

const corpus = readCorpus();

/** @param targets the number of targets. */
export function generate(seed: number, index: number, targets: number): FuzzCase {
  const chance = new Chance(seed, index);
  const review = JSON.parse(chance.pick(chance.onceIn(2) ? corpus.captured : corpus.cases)) as Record<string, unknown>;
  changeReview(chance, review);
  const written = unmark(JSON.stringify(review));
  const text = chance.onceIn(8) ? changeText(chance, written) : written;
  const event = eventOf(undefined, (made) => {
    made.body = text;
    if (chance.onceIn(2)) encode(made);
  });
  if (chance.onceIn(7)) changeEvent(chance, event);
  return {
    event: chance.onceIn(200) ? notAnEvent(chance) : event,
    target: chance.below(targets),
    clusterSeed: chance.below(1_000_000),
    clusterFails: chance.onceIn(10),
  };
}

function encode(event: LambdaFunctionURLEvent): void {
  event.body = Buffer.from(event.body ?? '').toString('base64');
  event.isBase64Encoded = true;
}
