// A program that prints how much work an admission is, in figures that no machine's mood changes: V8 counts how often
// each block of the bundle runs. Arguments: the bundle.

import { createHash } from 'node:crypto';
import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventOf, reviewOf } from '../fakes/events.ts';
import { callerToken } from '../fakes/secrets.ts';
import { podOfDeployment, scopes } from './usual-pod.ts';

const ROUNDS = 10;

const [bundle = ''] = process.argv.slice(2);
Object.assign(process.env, {
  CWII_CALLER_TOKEN_SHA256: createHash('sha256').update(callerToken).digest('hex'),
  CWII_STATIC_ANNOTATIONS: JSON.stringify(scopes),
});
const { write } = process.stdout;
process.stdout.write = () => true;
const { handler } = await import(pathToFileURL(bundle).href);
const review = reviewOf(({ request }) => {
  request.object = podOfDeployment;
});
const admit = async () => {
  const { statusCode, body } = await handler(eventOf(review), {});
  if (statusCode !== 200 || !body.includes('"patch"')) throw new Error(`the handler answered ${statusCode}: ${body}`);
};

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
// What is done once, such as compiling with the counters, is not counted: taking the counts sets them back.
for (let round = 0; round < ROUNDS; round++) await admit();
await session.post('Profiler.takePreciseCoverage');
for (let round = 0; round < ROUNDS; round++) await admit();
const { result } = await session.post('Profiler.takePreciseCoverage');
const functions = result
  .filter(({ url }) => url.startsWith(pathToFileURL(dirname(bundle)).href))
  .flatMap((script) => script.functions);

process.stdout.write = write;
process.stdout.write(JSON.stringify({ calls: calls(functions) / ROUNDS, characters: characters(functions) / ROUNDS }));

function calls(counted: readonly Profiler.FunctionCoverage[]): number {
  return counted.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0);
}

/** Characters of the minified code that ran: each block's length as often as it ran, without the blocks within it. */
function characters(counted: readonly Profiler.FunctionCoverage[]): number {
  return counted
    .flatMap(({ ranges }) => ranges.map((range) => range.count * ownLength(range, ranges)))
    .reduce((sum, one) => sum + one, 0);
}

function ownLength(range: Profiler.CoverageRange, ranges: readonly Profiler.CoverageRange[]): number {
  const inside = ranges.filter(
    (other) => other !== range && other.startOffset >= range.startOffset && other.endOffset <= range.endOffset,
  );
  // Of nested blocks only the outermost are taken off: they contain the rest.
  const outermost = inside.filter(
    (one) =>
      !inside.some(
        (other) => other !== one && other.startOffset <= one.startOffset && other.endOffset >= one.endOffset,
      ),
  );
  return range.endOffset - range.startOffset - outermost.reduce((sum, one) => sum + one.endOffset - one.startOffset, 0);
}
