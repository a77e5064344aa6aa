// Half a minute of the soak test; `npm run soak` runs it for longer.

import { expect, test } from 'vitest';
import { soak } from './soak.ts';
import { problemsOf } from './verdict.ts';

test('under steady load with faults, every answer is right or excused by a fault', async () => {
  const minutes = 0.6;
  const soaked = await soak({ minutes, rate: 15, print: () => undefined });

  expect(problemsOf(soaked, minutes)).toEqual([]);
  expect(soaked.right).toBeGreaterThan(200);
  expect(soaked.episodes.length).toBeGreaterThan(2);
});
