// Rows of the table with their goals, and the measurement of times.

export interface Goal {
  /** The name of the value, such as `p50`, or of its reference, such as `the empty handler`. */
  readonly what: string;
  readonly value: number;
  readonly most: number;
  readonly unit: Unit;
}

export type Unit = 'ms' | 'KB' | 'MB' | 'times' | 'reads';

export interface Row {
  readonly work: string;
  /** The median, or the only figure. */
  readonly figure: number;
  readonly p99?: number;
  readonly unit: Unit;
  readonly goals?: readonly Goal[];
}

export interface Sample {
  readonly p50: number;
  readonly p99: number;
}

/** Sorts and takes the median and the 99th percentile. */
export function summarize(values: readonly number[]): Sample {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Milliseconds of each of `count` runs, one after another. */
export async function time(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let round = 0; round < count; round++) {
    const began = performance.now();
    await run();
    milliseconds.push(performance.now() - began);
    // As between two requests: pending work of the event loop runs outside of the measured time.
    if (round % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  return milliseconds;
}

/**
 * Runs the candidates in turns, so that a noisy machine affects all of them.
 *
 * @param warmUp how often each runs before the measurement.
 */
export async function byTurns<Name extends string>(
  rounds: number,
  each: number,
  runs: Readonly<Record<Name, () => Promise<unknown>>>,
  warmUp = each,
): Promise<Record<Name, Sample>> {
  const names = Object.keys(runs) as Name[];
  const all = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await time(warmUp, runs[name]);
  for (let round = 0; round < rounds; round++) {
    for (const name of names) all[name].push(...(await time(each, runs[name])));
  }
  return Object.fromEntries(names.map((name) => [name, summarize(all[name])])) as Record<Name, Sample>;
}

export function row(work: string, { p50, p99 }: Sample, goals: readonly Goal[] = []): Row {
  return { work, figure: p50, p99, unit: 'ms', goals };
}

/** A goal of at most `most` times the value of something else. @param what the name of that. */
export function ratio(what: string, value: number, other: number, most: number): Goal {
  return { what, value: value / other, most, unit: 'times' };
}

export function atMost(what: string, value: number, most: number, unit: Unit = 'ms'): Goal {
  return { what, value, most, unit };
}
