// The verdict on a soak test finds every kind of problem.

import { describe, expect, it } from 'vitest';
import type { Sample } from './growth.ts';
import type { Soaked } from './soak.ts';
import { problemsOf } from './verdict.ts';

const MB = 1024 * 1024;

/** Samples over a quarter of an hour, one every three seconds. */
function samples(at: (part: number) => Partial<Sample>): Sample[] {
  const steady = { rss: 120 * MB, heapUsed: 18 * MB, sockets: 5, timers: 0 };
  return Array.from({ length: 300 }, (_, index) => ({ at: index * 3_000, ...steady, ...at(index / 300) }));
}

const healthy: Soaked = {
  right: 900,
  excused: 100,
  wrong: [],
  kinds: {},
  episodes: [],
  calm: [10],
  // The heap grows at first and then varies.
  samples: samples((part) => ({ heapUsed: (part < 0.2 ? 10 : 18 + (Math.round(part * 300) % 3)) * MB })),
  logged: 1_000,
  connections: 1,
};

describe('the verdict on a soak test', () => {
  it('finds no problem in a healthy run', () => {
    expect(problemsOf(healthy, 15)).toEqual([]);
  });

  it.each<[string, Partial<Soaked>, string]>([
    ['a wrong answer', { wrong: ['incomplete'] }, '1 answers were wrong; the first one: incomplete'],
    ['an admission without a log line', { logged: 999 }, 'only 999 of 1000 admissions are in the log'],
    ['open sockets', { samples: samples(() => ({ sockets: 99 })) }, '99 sockets are still open'],
    ['running timers', { samples: samples(() => ({ timers: 99 })) }, '99 timers are still running'],
    ['open connections', { connections: 9 }, '9 connections to the API server are still open'],
    [
      'a growing heap',
      { samples: samples((part) => ({ heapUsed: (18 + 20 * part) * MB })) },
      'the heap grew by 13.9 MB',
    ],
    [
      'a growing process',
      { samples: samples((part) => ({ rss: (99 + 99 * part) * MB })) },
      'the process grew by 69.0 MB',
    ],
    ['missing samples', { samples: [] }, 'there are no samples'],
  ])('finds %s', (_, change, problem) => {
    expect(problemsOf({ ...healthy, ...change }, 15)).toEqual([problem]);
  });
});
