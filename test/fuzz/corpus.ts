// The reviews that everything is made from: those that a real API server sent (reviews/), and the golden cases' pods.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../../cli/manifest-reader.ts';
import { withServiceAccount } from '../../lib/kubernetes/pod.ts';
import { reviewOf } from '../fakes/events.ts';

const REVIEWS = join(import.meta.dirname, 'reviews');
const CASES = join(import.meta.dirname, '..', 'cases');

export interface Corpus {
  readonly captured: readonly string[];
  readonly cases: readonly string[];
}

/** AdmissionReviews as JSON texts, always in the same order. */
export function readCorpus(): Corpus {
  const read = (name: string) => readFileSync(join(REVIEWS, name), 'utf8');
  return { captured: readdirSync(REVIEWS).sort().map(read), cases: readdirSync(CASES).sort().map(reviewOfCase) };
}

function reviewOfCase(name: string): string {
  const documents = parseAllDocuments(readFileSync(join(CASES, name, 'input.yaml'), 'utf8'));
  const objects = [...documents].map((document) => document.toJS() as Manifest);
  const pod = objects.find(({ kind }) => kind === 'Pod');
  if (!pod) throw new Error(`golden case ${name} has no pod`);
  const namespace = objects.find(({ metadata }) => metadata.namespace)?.metadata.namespace ?? 'default';
  const object = { ...pod, spec: withServiceAccount(pod['spec']) };
  return JSON.stringify(reviewOf(({ request }) => Object.assign(request, { namespace, object })));
}
