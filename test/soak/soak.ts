// Steady load through a real API server and the function, with faults between the function and the API server.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ApiError } from '../../testing/cluster/client.ts';
import { type BrokenCluster, startBrokenCluster } from '../chaos/broken-cluster.ts';
import type { StoredPod } from '../cluster/stored-pod.ts';
import { type Admission, type Came, isRight, prepareAdmissions } from './admissions.ts';
import { type Episode, makeTrouble } from './episodes.ts';
import type { Sample } from './growth.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Admissions a second. */
  readonly rate: number;
  readonly say: (line: string) => void;
}

export interface Soaked {
  readonly right: number;
  /** Failed while a fault excused it. */
  readonly excused: number;
  /** Neither; each with what came instead. */
  readonly wrong: readonly string[];
  readonly kinds: Readonly<Record<string, number>>;
  readonly episodes: readonly Episode[];
  /** Milliseconds, of those that felt no fault; sorted. */
  readonly calm: readonly number[];
  readonly samples: readonly Sample[];
  /** Log lines of the function about these pods. */
  readonly logged: number;
  /** Connections from the function to the API server, at the end. */
  readonly connections: number;
}

const MOST_TOLD = 20;
/** So long after a fault its end may still be felt: a connection that died without a word is found out at half time. */
const AFTERMATH_MS = 3_000;
/** After the load: the probe looks at what is still open. */
const SETTLE_MS = 7_000;

export async function soak({ minutes, rate, say }: SoakOptions): Promise<Soaked> {
  const directory = await mkdtemp(join(tmpdir(), 'cwii-soak-'));
  const probeFile = join(directory, 'samples');
  const probe = pathToFileURL(join(import.meta.dirname, 'process-probe.ts')).href;
  const env = { NODE_OPTIONS: `--import ${probe}`, TEST_PROBE_FILE: probeFile, CWII_CACHE_SECONDS: '2' };
  const broken = await startBrokenCluster(env);
  try {
    const next = await prepareAdmissions(broken.cluster, ['chaos']);
    const run = new Run(broken, say);
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
  readonly #say: (line: string) => void;
  readonly #episodes: Episode[] = [];
  readonly #kinds: Record<string, number> = {};
  readonly #calm: number[] = [];
  readonly #wrong: string[] = [];
  #right = 0;
  #excused = 0;

  constructor(broken: BrokenCluster, say: (line: string) => void) {
    this.#broken = broken;
    this.#say = say;
  }

  async load(next: (index: number) => Admission, minutes: number, rate: number): Promise<void> {
    const began = performance.now();
    const endMs = minutes * 60_000;
    const over = new AbortController();
    const trouble = makeTrouble(this.#broken, over.signal, this.#episodes);
    const pending = new Set<Promise<void>>();
    let told = 0;
    for (let index = 0; ; index += 1) {
      const elapsed = performance.now() - began;
      if (elapsed >= endMs) break;
      if (elapsed - told >= 30_000) {
        told = elapsed;
        this.#say(
          `${Math.round(elapsed / 1000)} s: ${this.#right} right, ${this.#excused} excused, ${this.#wrong.length} wrong, ${pending.size} under way`,
        );
      }
      const one = this.#admit(next(index)).finally(() => pending.delete(one));
      pending.add(one);
      // By the clock and not by pauses: what one second is late, the next one makes up for.
      const due = ((index + 1) / rate) * 1000;
      await pause(Math.max(0, due - (performance.now() - began)));
    }
    over.abort();
    await Promise.all([...pending, trouble]);
  }

  async #admit(admission: Admission): Promise<void> {
    const from = Date.now();
    const came = await this.#create(admission);
    const to = Date.now();
    const during = this.#episodes.filter((episode) => episode.from <= to && episode.to >= from);
    this.#kinds[admission.kind] = (this.#kinds[admission.kind] ?? 0) + 1;
    if (isRight(admission, came)) {
      this.#right += 1;
      const felt = this.#episodes.some((episode) => episode.from <= to && episode.to + AFTERMATH_MS >= from);
      if (!felt) this.#calm.push(to - from);
    } else if (isExcused(admission, came, during)) this.#excused += 1;
    else this.#tell(admission, came, during, to - from);
  }

  /** A dry run: the API server does all that it does for a pod, and stores none. */
  async #create({ namespace, manifest }: Admission): Promise<Came> {
    try {
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`;
      return { pod: await this.#broken.cluster.api<StoredPod>('POST', path, manifest) };
    } catch (error) {
      if (error instanceof ApiError) return { refusal: error.message };
      throw error;
    }
  }

  #tell({ kind, role, refusal }: Admission, came: Came, during: readonly Episode[], milliseconds: number): void {
    const got = 'refusal' in came ? came.refusal : JSON.stringify(came.pod.spec);
    const while_ = during.map(({ what }) => what).join(', ') || 'nothing was wrong';
    const wrong = `${kind}: ${role ?? refusal ?? 'no identity'} was expected after ${milliseconds} ms while ${while_}; it got ${got}`;
    this.#wrong.push(wrong);
    if (this.#wrong.length <= MOST_TOLD) this.#say(wrong);
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

/** A call that failed in the words of a fault that was there, and that the function itself told in time. */
function isExcused({ reads }: Admission, came: Came, during: readonly Episode[]): boolean {
  if (!reads || !('refusal' in came)) return false;
  const { refusal } = came;
  if (!/failed calling webhook "chaos\.cwii\.test": .*cwii: .* could not be read from the cluster: /.test(refusal))
    return false;
  return during.some(({ said }) => said?.test(refusal));
}
