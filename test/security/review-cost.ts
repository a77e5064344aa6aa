// Measures one process that parses large reviews and, with "answer", answers them as well. Run by
// review-cost.test.ts.
//
// Usage: node review-cost.ts parse|answer SHAPE

import { createHandler } from '../../functions/webhook/handler.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { eventOf, reviewOf, reviewOfPod, roleArn } from '../fakes/events.ts';
import { callerToken, digestOf } from '../fakes/secrets.ts';

/** Slightly below the 3 MiB that the API server accepts from a user. */
const BYTES = 2.9e6;
const ROUNDS = 20;

const manyKeys = () => Object.fromEntries(Array.from({ length: 1e5 }, (_, index) => [`cwii.dev/x${index}`, 'v']));

const shapes = {
  'one long annotation': () =>
    reviewOfPod(({ metadata }) => {
      metadata.annotations = { 'cwii.dev/aws-role-arn': roleArn, 'cwii.dev/aws-regoin': 'é'.repeat(BYTES / 2) };
    }),
  'many annotations': () => reviewOfPod(({ metadata }) => void Object.assign(metadata, { annotations: manyKeys() })),
  'many annotations on a ServiceAccount': () =>
    reviewOf(({ request }) => {
      Object.assign(request.resource, { resource: 'serviceaccounts' });
      request.object = { metadata: { name: 'web', annotations: manyKeys() } };
    }),
  'long names': () =>
    reviewOfPod(({ metadata, spec }) => {
      metadata.name = 'n'.repeat(BYTES / 3);
      spec.containers = [
        { name: 'c'.repeat(BYTES / 3), env: [{ name: 'AWS_ROLE_ARN', value: 'v'.repeat(BYTES / 3) }] },
      ];
    }),
  'long variables': () =>
    reviewOfPod(({ spec }) => {
      const env = Array.from({ length: 100 }, (_, index) => ({ name: `N${index}`, value: 'é'.repeat(BYTES / 200) }));
      spec.containers = [{ name: 'app', env }];
    }),
} as const;

export type Shape = keyof typeof shapes;
export const SHAPES = Object.keys(shapes) as Shape[];

export interface Cost {
  /** The CPU time of an answer, as a multiple of what JSON.parse takes; 0 if nothing was answered. */
  readonly timesParsing: number;
  readonly peakMegabytes: number;
}

async function cpuTimeOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

if (import.meta.main) {
  const [mode, shape] = process.argv.slice(2) as ['parse' | 'answer', Shape];
  const event = eventOf(shapes[shape]());
  const config = parseConfig({ CWII_CALLER_TOKEN_SHA256: digestOf(callerToken).toString('hex') });
  const handler = createHandler({ config, reader: undefined, writeLog: () => undefined });
  const parse = async () => JSON.parse(event.body ?? '');
  const answer = mode === 'answer' ? () => handler(event) : async () => undefined;
  // In turns, so that a busy machine slows down both. The least time, because interruptions only add.
  let parsing = Number.POSITIVE_INFINITY;
  let answering = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    parsing = Math.min(parsing, await cpuTimeOf(parse));
    answering = Math.min(answering, await cpuTimeOf(answer));
  }
  const cost: Cost = {
    timesParsing: mode === 'answer' ? answering / parsing : 0,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(JSON.stringify(cost));
}
