// The port through which objects of the cluster are read; kube-reader and manifest-reader implement it.

import type { Deadline } from '../common/deadline.ts';
import type { ObjectKey, ObjectMetadata } from '../kubernetes/objects.ts';

export interface ReadOptions {
  readonly deadline: Deadline;
  /** Ask the cluster even where a cached object would do. */
  readonly fresh: boolean;
  /** The uid that the object is expected to have; a cached object with another one is not used. */
  readonly uid?: string;
}

export interface ReadResult {
  /** Absent where the cluster has no such object: that is an answer, not a failure. */
  readonly object: ObjectMetadata | undefined;
  /** HTTP requests made for this read; 0 where a cache answered. */
  readonly attempts: number;
  readonly cached: boolean;
}

export interface ClusterReader {
  /** Audiences by which the API server itself would accept a token, as far as they are known by now. */
  readonly apiAudiences?: readonly string[];
  /**
   * @throws {ClusterReadError} when the cluster gives no answer before the deadline, or not the object.
   */
  read(key: ObjectKey, options: ReadOptions): Promise<ReadResult>;
}
