// The progress of a long command: on a terminal, and not more often than every two seconds.

import { describe, expect, test } from 'vitest';
import { Progress } from '../../cli/progress.ts';

function linesOf(isTTY: boolean, millisecondsPerStep: number): string[] {
  const lines: string[] = [];
  let now = 0;
  const progress = new Progress('pods', 5, { isTTY, write: (text) => lines.push(text) }, () => now);
  for (let step = 0; step < 5; step++) {
    now += millisecondsPerStep;
    progress.step();
  }
  return lines;
}

describe('the progress', () => {
  test('is shown every two seconds', () => {
    expect(linesOf(true, 1000)).toEqual(['cwii: 2 of 5 pods\n', 'cwii: 4 of 5 pods\n']);
  });

  test('is not shown for a short command', () => {
    expect(linesOf(true, 300)).toEqual([]);
  });

  test('is not shown if standard error is not a terminal', () => {
    expect(linesOf(false, 1000)).toEqual([]);
  });
});
