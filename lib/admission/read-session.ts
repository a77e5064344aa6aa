// Tracks all cluster reads of one admission: counts requests and picks the error to report.

import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterReader, ReadResult } from '../cluster/reader.ts';
import { abortable, type Deadline, DeadlineExceededError } from '../common/deadline.ts';
import { ClusterReadError } from '../common/errors.ts';
import type { ObjectKey, ObjectMetadata } from '../kubernetes/objects.ts';

/** How long a failed read waits for the reads beside it, in milliseconds. */
const GRACE_MS = 100;

export interface ReadSessionOptions {
  readonly deadline: Deadline;
  /** Read from the cluster even if the cache has the object. */
  readonly fresh: boolean;
}

export class ReadSession {
  readonly #reader: ClusterReader;
  readonly #options: ReadSessionOptions;
  readonly #pending: Promise<ReadResult>[] = [];
  readonly #failures: ClusterReadError[] = [];
  /** HTTP requests made to the cluster. */
  attempts = 0;
  /** Whether any object came from a cache. */
  cached = false;

  constructor(reader: ClusterReader, options: ReadSessionOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  /** See `ClusterReader.complete`. */
  get complete(): boolean {
    return this.#reader.complete ?? false;
  }

  /** @param uid the uid that the object is expected to have; a cached object with another uid is not used. */
  async read(key: ObjectKey, uid?: string): Promise<ObjectMetadata | undefined> {
    const { deadline, fresh } = this.#options;
    const cached = fresh ? undefined : this.#reader.cached?.(key, uid);
    if (cached) {
      this.cached = true;
      return cached;
    }
    const read = this.#count(this.#reader.read(key, { deadline, fresh, ...(uid !== undefined && { uid }) }));
    // Readers observe the deadline themselves. If one does not, the answer leaves in time anyway.
    const result = await abortable(read, deadline.abortSignal());
    this.cached ||= result.cached;
    return result.object;
  }

  /**
   * Waits for reads of the session.
   *
   * @throws {ClusterReadError} one error for all reads that failed.
   */
  async settle<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } catch (error) {
      const reported = await this.#errorToReport(this.#timeoutOf(error));
      throw reported instanceof ClusterReadError ? reported.withAttempts(this.attempts) : reported;
    }
  }

  #timeoutOf(error: unknown): unknown {
    if (!(error instanceof DeadlineExceededError)) return error;
    const message = 'the objects that configure the pod could not be read in time';
    return new ClusterReadError('cluster-timeout', message, { cause: error });
  }

  /**
   * An API server that does not know the token answers one request on a connection with 401 and resets the
   * streams beside it. The 401 names the cause, and arrives at the same time as the resets.
   */
  async #errorToReport(error: unknown): Promise<unknown> {
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
