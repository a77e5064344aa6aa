// The last errors in the log of a function, as distinct texts: what failed, how often, and when.

import { fieldOf, isObject, isString, parseJson } from '../../../lib/common/json.ts';
import { Skipped } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { quote } from '../trust/exchange.ts';
import { readAws } from './deployed.ts';
import { outputOf } from './outputs.ts';

/** More events are not read at once: a function that fails at each call writes thousands. */
const MOST_EVENTS = 500;
/** Each read starts the AWS CLI once more. */
const MOST_READS = 6;
const SHOWN = 3;

/** Lines of the functions themselves, and of Lambda about a process that failed or took too long. */
const PATTERN =
  '{ ($.level = "error") || ($.level = "ERROR") || ($.record.status = "error") || ($.record.status = "timeout") || ($.record.status = "failure") }';

export interface LogEvent {
  /** Milliseconds. */
  readonly timestamp?: number;
  readonly message?: string;
}

export interface LogRange {
  /** The name of the output with the ARN of the function. */
  readonly output: string;
  /** Milliseconds. */
  readonly since: number;
  /** Then the log counts as not read. */
  readonly end: AbortSignal;
}

export async function lastErrors(context: CheckContext, { output, since, end }: LogRange): Promise<string> {
  try {
    const [, , , region = '', , , name = ''] = outputOf(context, output).split(':');
    const get = ['lambda', 'get-function-configuration', '--function-name', name, '--region', region];
    const found = await readAws<{ LoggingConfig?: { LogGroup?: string } }>(context, get, end);
    const group = found?.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
    const of = ['--log-group-name', group, '--region', region, '--filter-pattern', PATTERN];
    const limit = ['--max-items', String(MOST_EVENTS)];
    let exists = true;
    const newest = await newestEvents(since, Date.now(), async (from) => {
      const read = ['logs', 'filter-log-events', ...of, '--start-time', String(from), ...limit];
      const answer = await readAws<{ events?: readonly LogEvent[]; NextToken?: string }>(context, read, end);
      exists &&= answer !== undefined;
      return { events: answer?.events ?? [], more: answer?.NextToken !== undefined };
    });
    return exists ? describeErrors(newest) : `AWS has no log group ${group}`;
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    return `the log was not read: ${error.message}`;
  }
}

/** The events from a time on, oldest first, and whether there are more. */
export interface LogPage {
  readonly events: readonly LogEvent[];
  readonly more: boolean;
}

/** The newest events of a log, as far as they were read. */
export interface NewestEvents {
  readonly events: readonly LogEvent[];
  /** Older events than this time were left out. */
  readonly from?: number;
  /** There are newer ones, which were not read. */
  readonly more?: true;
}

/**
 * CloudWatch returns the oldest events first. If there are more than one page, the next read begins near the
 * end, where a function that still fails has them. If nothing is there, it begins where the last page ended.
 */
export async function newestEvents(
  since: number,
  now: number,
  read: (from: number) => Promise<LogPage>,
): Promise<NewestEvents> {
  let page = await read(since);
  let [start, high, isEmpty] = [since, now, false];
  for (let reads = 1; page.more && reads < MOST_READS; reads++) {
    const low = page.events.at(-1)?.timestamp ?? start;
    const begin = isEmpty ? low : high - Math.ceil((high - low) / 8);
    const next = await read(begin);
    isEmpty = next.events.length === 0;
    if (isEmpty) high = begin;
    else [page, start] = [next, begin];
  }
  return { events: page.events, ...(start > since && { from: start }), ...(page.more && { more: true }) };
}

/** The newest distinct texts first. */
export function describeErrors({ events, from, more }: NewestEvents): string {
  const errors = new Map<string, { count: number; last: number }>();
  for (const { message = '', timestamp = 0 } of events) {
    const text = errorIn(message);
    if (text === undefined) continue;
    const known = errors.get(text) ?? { count: 0, last: 0 };
    errors.set(text, { count: known.count + 1, last: Math.max(known.last, timestamp) });
  }
  const newest = [...errors].sort(([, one], [, other]) => other.last - one.last);
  if (newest.length === 0) return 'its log has no error in this time';
  const shown = newest
    .slice(0, SHOWN)
    .map(
      ([text, { count, last }]) =>
        `${text} (${count} ${count === 1 ? 'time' : 'times'}, last at ${new Date(last).toISOString()})`,
    );
  const others = newest.length - shown.length;
  const read = [
    ...(from === undefined ? [] : [`since ${new Date(from).toISOString()}`]),
    ...(more ? ['newer ones were not read'] : []),
  ];
  const part = read.length === 0 ? '' : ` (more than ${MOST_EVENTS} entries; ${read.join('; ')})`;
  return `last errors${part}: ${shown.join('; ')}${others > 0 ? `; and ${others} more` : ''}`;
}

/** Code and message of a line. Nothing else of it is shown. */
function errorIn(line: string): string | undefined {
  const entry = parseJson(line);
  if (!isObject(entry)) return undefined;
  const status = fieldOf(entry['record'], 'status');
  if (isString(status)) return status === 'success' ? undefined : `Lambda reports ${status}`;
  if (String(entry['level']).toLowerCase() !== 'error') return undefined;
  const nested = entry['message'];
  const own = [entry['code'], entry['error']].filter(isString);
  const ofLambda = [entry['errorType'], fieldOf(nested, 'errorType')].filter(isString).slice(0, 1);
  const text = [entry['errorMessage'], fieldOf(nested, 'errorMessage'), nested].find(isString);
  const parts = own.length > 0 ? own : [...ofLambda, ...(text === undefined ? [] : [text])];
  // IDs of requests and times would make every line another one.
  return quote(parts.join(': ')).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…') || 'no message';
}
