// Puts a real API server and the function under steady load, with faults between them.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ApiError } from '../../testing/cluster/client.ts';
import { type BrokenCluster, startBrokenCluster } from '../chaos/broken-cluster.ts';
import type { StoredPod } from '../cluster/stored-pod.ts';
import { type Admission, isRight, prepareAdmissions, type Result } from './admissions.ts';
import { causeFaults, type Episode } from './episodes.ts';
import type { Sample } from './growth.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Admissions per second. */
  readonly rate: number;
  readonly print: (line: string) => void;
}

export interface Soaked {
  readonly right: number;
  /** Failures that a fault excuses. */
  readonly excused: number;
  /** Descriptions of all other results. */
  readonly wrong: readonly string[];
  readonly kinds: Readonly<Record<string, number>>;
  readonly episodes: readonly Episode[];
  /** Milliseconds of the admissions outside of faults; sorted. */
  readonly calm: readonly number[];
  readonly samples: readonly Sample[];
  /** Log lines of the function about these pods. */
  readonly logged: number;
  /** Connections from the function to the API server, at the end. */
  readonly connections: number;
}

const MOST_SHOWN = 20;
/**
 * How long a fault affects admissions after its end: a silent connection is noticed at half of the deadline.
 */
const AFTERMATH_MS = 3_000;
/** The pause after the load, before the probe takes its last sample. */
const SETTLE_MS = 7_000;

export async function soak({ minutes, rate, print }: SoakOptions): Promise<Soaked> {
  const directory = await mkdtemp(join(tmpdir(), 'cwii-soak-'));
  const probeFile = join(directory, 'samples');
  const probe = pathToFileURL(join(import.meta.dirname, 'process-probe.ts')).href;
  const env = { NODE_OPTIONS: `--import ${probe}`, TEST_PROBE_FILE: probeFile, CWII_CACHE_SECONDS: '2' };
  const broken = await startBrokenCluster(env);
  try {
    const next = await prepareAdmissions(broken.cluster, ['chaos']);
    const run = new Run(broken, print);
    await run.load(next, minutes, rate);
    await pause(SETTLE_MS);
    const lines = (await readFile(probeFile, 'utf8')).trim().split('\n');
    return { ...run.result(), samples: lines.map((line) => JSON.parse(line)), connections: broken.proxy.connections };
  } finally {
    await broken.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

class Run {
  readonly #broken: BrokenCluster;
  readonly #print: (line: string) => void;
  readonly #episodes: Episode[] = [];
  readonly #kinds: Record<string, number> = {};
  readonly #calm: number[] = [];
  readonly #wrong: string[] = [];
  #right = 0;
  #excused = 0;

  constructor(broken: BrokenCluster, print: (line: string) => void) {
    this.#broken = broken;
    this.#print = print;
  }

  async load(next: (index: number) => Admission, minutes: number, rate: number): Promise<void> {
    const began = performance.now();
    const endMs = minutes * 60_000;
    const over = new AbortController();
    const faults = causeFaults(this.#broken, over.signal, this.#episodes);
    const pending = new Set<Promise<void>>();
    let shown = 0;
    for (let index = 0; ; index += 1) {
      const elapsed = performance.now() - began;
      if (elapsed >= endMs) break;
      if (elapsed - shown >= 30_000) {
        shown = elapsed;
        this.#print(
          `${Math.round(elapsed / 1000)} s: ${this.#right} right, ${this.#excused} excused, ${this.#wrong.length} wrong, ${pending.size} under way`,
        );
      }
      const one = this.#admit(next(index)).finally(() => pending.delete(one));
      pending.add(one);
      // Due times come from the clock instead of pauses, so that a delay does not lower the rate.
      const due = ((index + 1) / rate) * 1000;
      await pause(Math.max(0, due - (performance.now() - began)));
    }
    over.abort();
    await Promise.all([...pending, faults]);
  }

  async #admit(admission: Admission): Promise<void> {
    const from = Date.now();
    const result = await this.#create(admission);
    const to = Date.now();
    const during = this.#episodes.filter((episode) => episode.from <= to && episode.to >= from);
    this.#kinds[admission.kind] = (this.#kinds[admission.kind] ?? 0) + 1;
    if (isRight(admission, result)) {
      this.#right += 1;
      const affected = this.#episodes.some((episode) => episode.from <= to && episode.to + AFTERMATH_MS >= from);
      if (!affected) this.#calm.push(to - from);
    } else if (isExcused(admission, result, during)) this.#excused += 1;
    else this.#report(admission, result, during, to - from);
  }

  /** With a dry run, for which the API server does everything except storing the pod. */
  async #create({ namespace, manifest }: Admission): Promise<Result> {
    try {
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
      return { pod: await this.#broken.cluster.api<StoredPod>('POST', path, manifest) };
    } catch (error) {
      if (error instanceof ApiError) return { refusal: error.message };
      throw error;
    }
  }

  #report({ kind, role, refusal }: Admission, result: Result, during: readonly Episode[], milliseconds: number): void {
    const actual = 'refusal' in result ? result.refusal : JSON.stringify(result.pod.spec);
    const faults = during.map(({ what }) => what).join(', ') || 'none';
    const wrong = `${kind}: expected ${role ?? refusal ?? 'no identity'}, got after ${milliseconds} ms: ${actual} (faults: ${faults})`;
    this.#wrong.push(wrong);
    if (this.#wrong.length <= MOST_SHOWN) this.#print(wrong);
  }

  result(): Omit<Soaked, 'samples' | 'connections'> {
    const logged = this.#broken.webhook.log().filter((line) => /"namespace":"soak-/.test(line)).length;
    return {
      right: this.#right,
      excused: this.#excused,
      wrong: this.#wrong,
      kinds: this.#kinds,
      episodes: this.#episodes,
      calm: this.#calm.sort((one, other) => one - other),
      logged,
    };
  }
}

/** Whether the function itself reported the failure in time, with the message of a fault at that time. */
function isExcused({ reads }: Admission, result: Result, during: readonly Episode[]): boolean {
  if (!reads || !('refusal' in result)) return false;
  const { refusal } = result;
  if (!/failed calling webhook "chaos\.cwii\.test": .*cwii: .* could not be read from the cluster: /.test(refusal))
    return false;
  return during.some(({ excuses }) => excuses?.test(refusal));
}
