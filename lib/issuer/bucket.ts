// The port to the bucket: objects that are read with their version, and replaced only where that is still the version.

import { CwiiError } from '../common/errors.ts';

export interface StoredObject {
  readonly body: string;
  readonly contentType: string | undefined;
  readonly cacheControl: string | undefined;
  /** Opaque; S3's ETag. */
  readonly version: string;
}

export interface NewObject {
  readonly body: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

export interface Bucket {
  /** How a person would name an object, such as `s3://bucket/key`. */
  placeOf(key: string): string;
  /** @throws {CwiiError} `bucket-…`, naming the object and what the role lacks. */
  read(key: string): Promise<StoredObject | undefined>;
  /**
   * @param replaces the version that is replaced; undefined: there must be none.
   * @returns the version that was written.
   * @throws {ConflictError} where somebody else wrote in the meantime; nothing was written.
   * @throws {CwiiError} `bucket-…`, naming the object and what the role lacks.
   */
  write(key: string, object: NewObject, replaces: string | undefined): Promise<string>;
}

/** Another run got there first. */
export class ConflictError extends CwiiError {
  override name = 'ConflictError';

  constructor(place: string, options?: ErrorOptions) {
    super(
      'bucket-conflict',
      `${place} was changed by another run at the same time; run it again. If this lasts, look for a second writer: two issuer functions must not share a bucket`,
      options,
    );
  }
}
