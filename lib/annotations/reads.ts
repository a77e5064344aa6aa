// The reads that are made for one pod: counted together, and with one voice where they fail.

import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterReader, ReadResult } from '../cluster/reader.ts';
import { abortable, type Deadline } from '../common/deadline.ts';
import { ClusterReadError } from '../common/errors.ts';
import type { ObjectKey, ObjectMetadata } from '../kubernetes/objects.ts';

/** How long a failed read waits for those beside it, in milliseconds. */
const GRACE_MS = 100;

export class Reads {
  readonly #reader: ClusterReader;
  readonly #options: { readonly deadline: Deadline; readonly fresh: boolean };
  readonly #pending: Promise<ReadResult>[] = [];
  readonly #failures: ClusterReadError[] = [];
  attempts = 0;
  cached = false;

  constructor(reader: ClusterReader, options: { readonly deadline: Deadline; readonly fresh: boolean }) {
    this.#reader = reader;
    this.#options = options;
  }

  async read(key: ObjectKey, uid?: string): Promise<ObjectMetadata | undefined> {
    const { deadline, fresh } = this.#options;
    const read = this.#reader.read(key, { deadline, fresh, ...(uid !== undefined && { uid }) });
    // Readers heed the deadline themselves; the answer leaves in time even where one does not.
    const result = read instanceof Promise ? await abortable(this.#count(read), deadline.abortSignal()) : read;
    this.cached ||= result.cached;
    return result.object;
  }

  /**
   * What the pod's creator is told. An API server that does not know the token answers one request on a connection and
   * refuses those beside it: its 401 says more than their resets, and comes at the same time.
   */
  async mostTelling(error: unknown): Promise<unknown> {
    if (!(error instanceof ClusterReadError) || error.code !== 'cluster-unreachable') return error;
    await Promise.race([Promise.allSettled(this.#pending), pause(GRACE_MS)]);
    return this.#failures.find(({ code }) => code !== error.code) ?? error;
  }

  async #count(read: Promise<ReadResult>): Promise<ReadResult> {
    this.#pending.push(read);
    try {
      const result = await read;
      this.attempts += result.attempts;
      return result;
    } catch (error) {
      if (error instanceof ClusterReadError) {
        this.attempts += error.attempts;
        this.#failures.push(error);
      }
      throw error;
    }
  }
}
