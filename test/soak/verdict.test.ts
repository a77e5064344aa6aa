// A soak that shows something wrong does not pass.

import { describe, expect, it } from 'vitest';
import type { Sample } from './growth.ts';
import type { Soaked } from './soak.ts';
import { problemsOf } from './verdict.ts';

const MB = 1024 * 1024;

/** A sample every three seconds of a quarter of an hour. */
function samples(at: (part: number) => Partial<Sample>): Sample[] {
  const steady = { rss: 120 * MB, heapUsed: 18 * MB, sockets: 5, timers: 0 };
  return Array.from({ length: 300 }, (_, index) => ({ at: index * 3_000, ...steady, ...at(index / 300) }));
}

const well: Soaked = {
  right: 900,
  excused: 100,
  wrong: [],
  kinds: {},
  episodes: [],
  calm: [10],
  // It takes memory at first, and then up and down.
  samples: samples((part) => ({ heapUsed: (part < 0.2 ? 10 : 18 + (Math.round(part * 300) % 3)) * MB })),
  logged: 1_000,
  connections: 1,
};

describe('a soak', () => {
  it('that shows nothing wrong passes', () => {
    expect(problemsOf(well, 15)).toEqual([]);
  });

  it.each<[string, Partial<Soaked>, string]>([
    ['a wrong answer', { wrong: ['half an identity'] }, '1 answers were wrong, such as: half an identity'],
    ['an admission that is not in the log', { logged: 999 }, '1000 admissions, but only 999 of them in the log'],
    ['sockets that stay', { samples: samples(() => ({ sockets: 99 })) }, '99 sockets are still open'],
    ['timers that stay', { samples: samples(() => ({ timers: 99 })) }, '99 timers still run'],
    ['connections that stay', { connections: 9 }, '9 connections to the API server are still open'],
    [
      'a heap that grows',
      { samples: samples((part) => ({ heapUsed: (18 + 20 * part) * MB })) },
      'the heap grew by 13.9 MB',
    ],
    [
      'a process that grows',
      { samples: samples((part) => ({ rss: (99 + 99 * part) * MB })) },
      'the process grew by 69.0 MB',
    ],
    ['no measurement', { samples: [] }, 'nothing was measured'],
  ])('that shows %s does not', (_, change, problem) => {
    expect(problemsOf({ ...well, ...change }, 15)).toEqual([problem]);
  });
});
