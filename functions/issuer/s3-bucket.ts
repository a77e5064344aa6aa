// The bucket as Amazon S3 has it: conditional writes, and what its refusals mean.

import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CwiiError } from '../../lib/common/errors.ts';
import { type Bucket, ConflictError, type NewObject, type StoredObject } from '../../lib/issuer/bucket.ts';

/** 409: another write to the object was under way; 412: it is another version; 404: it was deleted. */
const CONFLICT_STATUS: readonly unknown[] = [404, 409, 412];

export class S3Bucket implements Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  placeOf(key: string): string {
    return `s3://${this.#bucket}/${key}`;
  }

  async read(key: string): Promise<StoredObject | undefined> {
    try {
      const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      const body = await answer.Body?.transformToString('utf-8');
      if (body === undefined || answer.ETag === undefined) throw new Error('the answer has no body or no ETag');
      return { body, contentType: answer.ContentType, cacheControl: answer.CacheControl, version: answer.ETag };
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined;
      throw this.#failure(
        error,
        key,
        'read',
        's3:GetObject on it and s3:ListBucket on its bucket (without the latter S3 says the same of an object that is not there), and kms:Decrypt where a KMS key encrypts it',
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
      if (CONFLICT_STATUS.includes(statusOf(error)) && nameOf(error) !== 'NoSuchBucket')
        throw new ConflictError(this.placeOf(key), { cause: error });
      throw this.#failure(
        error,
        key,
        'written',
        's3:PutObject and s3:GetObject on it, and kms:GenerateDataKey where a KMS key encrypts it',
      );
    }
  }

  #failure(error: unknown, key: string, done: 'read' | 'written', permissions: string): CwiiError {
    const what = `${this.placeOf(key)} could not be ${done}`;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (statusOf(error) === 403) {
      const why = `S3 refuses it (403, ${message}); the function's role needs ${permissions}`;
      return new CwiiError('bucket-forbidden', `${what}: ${why}`, { cause: error });
    }
    if (nameOf(error) === 'NoSuchBucket') {
      const why = 'there is no bucket of this name; check CWII_ISSUER_BUCKET';
      return new CwiiError('bucket-missing', `${what}: ${why}`, { cause: error });
    }
    const why = `${message}; where this lasts, check the bucket's region, and the function's way to S3 (in a VPC: a gateway endpoint)`;
    return new CwiiError('bucket-unavailable', `${what}: ${why}`, { cause: error });
  }
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

function statusOf(error: unknown): unknown {
  return (error as { $metadata?: { httpStatusCode?: number } })?.$metadata?.httpStatusCode;
}
