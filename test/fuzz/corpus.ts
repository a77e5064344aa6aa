// The reviews that everything is made from: those that a real API server sent (reviews/), and the golden
// cases' pods.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withServiceAccount } from '../../lib/kubernetes/pod.ts';
import { reviewOf } from '../fakes/events.ts';
import { type GoldenCase, readCases } from '../golden/cases.ts';

const REVIEWS = join(import.meta.dirname, 'reviews');

export interface Corpus {
  readonly captured: readonly string[];
  readonly cases: readonly string[];
}

/** AdmissionReviews as JSON texts, always in the same order. */
export function readCorpus(): Corpus {
  const read = (name: string) => readFileSync(join(REVIEWS, name), 'utf8');
  return { captured: readdirSync(REVIEWS).sort().map(read), cases: readCases().map(reviewOfCase) };
}

function reviewOfCase({ pod, namespace }: GoldenCase): string {
  const object = { ...pod, spec: withServiceAccount(pod['spec']) };
  return JSON.stringify(reviewOf(({ request }) => Object.assign(request, { namespace, object })));
}
