// The port for the bucket: objects with versions, which a write replaces only if they are unchanged.

import { CwiiError } from '../common/errors.ts';

export interface StoredObject {
  readonly body: string;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
  /** Opaque; the ETag in S3. */
  readonly version: string;
}

export interface NewObject {
  readonly body: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

export interface Bucket {
  /** The place of an object for messages, such as `s3://bucket/key`. */
  locationOf(key: string): string;
  /** @throws {CwiiError} `bucket-…`, naming the object and the missing permission. */
  read(key: string): Promise<StoredObject | undefined>;
  /**
   * @param replaces the version to replace; undefined: the object must not exist.
   * @returns the new version.
   * @throws {ConflictError} if the object was changed meanwhile; nothing was written.
   * @throws {CwiiError} `bucket-…`, naming the object and the missing permission.
   */
  write(key: string, object: NewObject, replaces: string | undefined): Promise<string>;
}

/** Another run wrote the object first. */
export class ConflictError extends CwiiError {
  override name = 'ConflictError';

  constructor(place: string, options?: ErrorOptions) {
    super(
      'bucket-conflict',
      `${place} was changed by another run at the same time; run the function again. If this persists, find the other writer: two issuer functions must not share a bucket`,
      options,
    );
  }
}
