// The port for reading objects of the cluster; KubeReader, CachingReader and StaticReader implement it.

import type { Deadline } from '../common/deadline.ts';
import type { ObjectKey, ObjectMetadata } from '../kubernetes/objects.ts';

export interface ReadOptions {
  readonly deadline: Deadline;
  /** Read from the cluster even if the object is cached. */
  readonly fresh: boolean;
  /** The expected uid: a cached object with another uid is not used. */
  readonly uid?: string;
}

export interface ReadResult {
  /** Undefined if the cluster has no such object, which is not a failure. */
  readonly object: ObjectMetadata | undefined;
  /** HTTP requests made for this read; 0 if the object was cached. */
  readonly attempts: number;
  readonly cached: boolean;
}

export interface ClusterReader {
  /** Whether an object that is missing here does not exist. Manifests and settings have only some objects. */
  readonly complete?: boolean;
  /** Audiences whose tokens the API server itself accepts, as far as they are known yet. */
  readonly apiAudiences?: readonly string[];
  /**
   * @throws {ClusterReadError} if the cluster does not answer before the deadline, answers with an error, or
   * does not have the namespace.
   */
  read(key: ObjectKey, options: ReadOptions): Promise<ReadResult>;
  /**
   * The object from the cache, without a request, even after the deadline. Undefined if it is not cached, or
   * has another uid; the method is absent if the reader has no cache.
   */
  cached?(key: ObjectKey, uid?: string): ObjectMetadata | undefined;
}
