// Implements the bucket port with Amazon S3: conditional writes, and errors that name the missing permission.

import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CwiiError } from '../../lib/common/errors.ts';
import { type Bucket, ConflictError, type NewObject, type StoredObject } from '../../lib/issuer/bucket.ts';

/** 409: another write to the object was in progress; 412: it has another version; 404: it was deleted. */
const CONFLICT_STATUS: readonly unknown[] = [404, 409, 412];

export class S3Bucket implements Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  locationOf(key: string): string {
    return `s3://${this.#bucket}/${key}`;
  }

  async read(key: string): Promise<StoredObject | undefined> {
    try {
      const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      const body = await answer.Body?.transformToString('utf-8');
      if (body === undefined || answer.ETag === undefined) throw new Error('the answer has no body or no ETag');
      return { body, contentType: answer.ContentType, cacheControl: answer.CacheControl, version: answer.ETag };
    } catch (error) {
      if (errorName(error) === 'NoSuchKey') return undefined;
      throw this.#failure(
        error,
        key,
        'read',
        's3:GetObject on it, s3:ListBucket on its bucket (without which S3 answers 403 for a missing object too), and kms:Decrypt if a KMS key encrypts it',
      );
    }
  }

  async write(
    key: string,
    { body, contentType, cacheControl }: NewObject,
    replaces: string | undefined,
  ): Promise<string> {
    try {
      const answer = await this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          CacheControl: cacheControl,
          ...(replaces === undefined ? { IfNoneMatch: '*' } : { IfMatch: replaces }),
        }),
      );
      if (answer.ETag === undefined) throw new Error('the answer has no ETag');
      return answer.ETag;
    } catch (error) {
      if (CONFLICT_STATUS.includes(statusOf(error)) && errorName(error) !== 'NoSuchBucket')
        throw new ConflictError(this.locationOf(key), { cause: error });
      throw this.#failure(
        error,
        key,
        'written',
        's3:PutObject and s3:GetObject on it, and kms:GenerateDataKey if a KMS key encrypts it',
      );
    }
  }

  #failure(error: unknown, key: string, done: 'read' | 'written', permissions: string): CwiiError {
    const what = `${this.locationOf(key)} could not be ${done}`;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (statusOf(error) === 403) {
      const why = `S3 denied access (403, ${message}); allow the function's role ${permissions}`;
      return new CwiiError('bucket-forbidden', `${what}: ${why}`, { cause: error });
    }
    if (errorName(error) === 'NoSuchBucket') {
      const why = 'there is no bucket with this name; check CWII_ISSUER_BUCKET';
      return new CwiiError('bucket-missing', `${what}: ${why}`, { cause: error });
    }
    const why = `${message}; if this persists, check the region of the bucket and the network path to S3 (in a VPC: a gateway endpoint)`;
    return new CwiiError('bucket-unavailable', `${what}: ${why}`, { cause: error });
  }
}

function errorName(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

function statusOf(error: unknown): unknown {
  return (error as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode;
}
