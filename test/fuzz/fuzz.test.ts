// A short run of the fuzzer: with fixed seeds, so that a fault is reproducible, and with a new seed.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, 'main.ts');

interface Summary {
  readonly runs: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, unknown>>;
}

describe('the fuzzer', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cwii-fuzz-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  function fuzz(...args: string[]): Promise<Summary> {
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [main, '--json', ...args], { cwd: directory }, (error, stdout, stderr) => {
        // Exit code 1 means that it found faults, which are in the summary. Without a summary it did not run.
        if (stdout === '') reject(new Error(`the fuzzer did not run: ${stderr}`, { cause: error }));
        else resolve(JSON.parse(stdout));
      });
    });
  }

  it.each([1, 2])('finds no fault in the answers to 15,000 events of seed %i', async (seed) => {
    const { runs, faults } = await fuzz('--runs', '15000', '--seed', String(seed));
    expect(faults).toEqual({});
    expect(runs).toBe(15_000);
  });

  it('finds no fault in the answers to 15,000 events of a new seed', async () => {
    const seed = Date.now() % 1_000_000_000;
    const { faults } = await fuzz('--runs', '15000', '--seed', String(seed));
    expect(faults, `reproduce with: npm run fuzz -- --runs 15000 --seed ${seed}`).toEqual({});
  });

  it('causes every kind of answer often enough', async () => {
    const { kinds } = await fuzz('--runs', '5000', '--seed', '3');
    const common = ['200 injected', '200 denied', '200 nothing', '200 skipped', '200 advised', '400', '401'];

    for (const kind of common) expect(kinds[kind] ?? 0, kind).toBeGreaterThan(50);
    for (const kind of ['404', '405', '415', '503']) expect(kinds[kind] ?? 0, kind).toBeGreaterThan(5);
  });

  it.each([
    [
      'answers',
      ['object', 'missing', 'cluster-answer-unreadable', 'cluster-answer-unexpected', 'cluster-kind-unknown'],
    ],
    ['configurations', ['usable', 'refused']],
    ['views', ['accepted', 'rejected']],
  ])('finds no fault in 10,000 %s, and covers every kind', async (of, common) => {
    const { faults, kinds } = await fuzz('--of', of, '--runs', '10000', '--seed', '1');
    expect(faults).toEqual({});
    for (const kind of common) expect(kinds[kind] ?? 0, kind).toBeGreaterThan(50);
  });
});
