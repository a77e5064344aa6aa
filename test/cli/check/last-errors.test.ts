// The newest entries of a log of which CloudWatch returns the oldest ones first.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeErrors, type LogEvent, newestEvents } from '../../../cli/check/function/last-errors.ts';

describe('newestEvents', () => {
  const hour = 3_600_000;
  const PAGE = 500;
  /** CloudWatch with these events, which counts the reads. */
  const logWith = (times: readonly number[]) => {
    const events: LogEvent[] = times.toSorted((one, other) => one - other).map((timestamp) => ({ timestamp }));
    let reads = 0;
    return {
      reads: () => reads,
      read: async (from: number) => {
        reads += 1;
        const rest = events.filter(({ timestamp = 0 }) => timestamp >= from);
        return { events: rest.slice(0, PAGE), more: rest.length > PAGE };
      },
    };
  };
  const evenly = (count: number, from: number, to: number) =>
    Array.from({ length: count }, (_, index) => from + Math.floor(((to - from) * index) / count));

  it('reads a page once, and says nothing of others', async () => {
    const log = logWith(evenly(500, 0, hour));

    expect(await newestEvents(0, hour, log.read)).toEqual({ events: expect.objectContaining({ length: 500 }) });
    expect(log.reads()).toBe(1);
  });

  const shapes: Readonly<Record<string, readonly number[]>> = {
    'evenly over the hour': evenly(3000, 0, hour),
    'at its end': evenly(3000, hour - 1_000_000, hour),
    'at its beginning': evenly(600, 0, 60_000),
    'in two groups': [...evenly(700, 0, 60_000), ...evenly(700, hour - 60_000, hour)],
    'in its middle': evenly(700, hour / 2, hour / 2 + 120_000),
  };
  it.each(Object.entries(shapes))('finds the newest of entries that are %s', async (_, times) => {
    const log = logWith(times);
    const { events, from } = await newestEvents(0, hour, log.read);

    expect(events.at(-1)?.timestamp).toBe(times.at(-1));
    expect(events[0]?.timestamp).toBeGreaterThanOrEqual(from ?? 0);
    expect(log.reads()).toBeLessThanOrEqual(6);
  });

  it('of any shape, says so if it has not read all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: hour }), { minLength: 1, maxLength: 1200 }),
        async (times) => {
          const log = logWith(times);
          const { events, from } = await newestEvents(0, hour, log.read);
          expect(events.length).toBeGreaterThan(0);
          expect(from === undefined).toBe(times.length <= PAGE);
        },
      ),
    );
  });

  it('is told with the time since which the entries count', () => {
    const entry = JSON.stringify({ level: 'error', code: 'cluster-unreachable' });
    const events = [{ timestamp: hour, message: entry }];

    expect(describeErrors({ events, from: hour })).toBe(
      'last errors (more than 500 entries; since 1970-01-01T01:00:00.000Z): cluster-unreachable (1 time, last at 1970-01-01T01:00:00.000Z)',
    );
    expect(describeErrors({ events, from: hour, more: true })).toContain('; newer ones were not read): ');
  });

  it('does not read without an end if all entries have one time', async () => {
    const log = logWith(Array.from({ length: 900 }, () => 5));

    expect(await newestEvents(0, hour, log.read)).toMatchObject({ more: true });
    expect(log.reads()).toBeLessThanOrEqual(6);
  });
});
