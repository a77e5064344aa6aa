// Tests of S3Bucket with the real SDK, and the error for each failure of S3.

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3Bucket } from '../../../functions/issuer/s3-bucket.ts';
import { scheduledClientConfig } from '../../../lib/cluster/credentials/aws-call.ts';
import { FakeS3, s3Error, s3HangUp } from '../../fakes/s3.ts';
import { describeBucket } from './bucket-cases.ts';

const object = { body: '{}', contentType: 'application/json', cacheControl: 'no-store' };

function clientOf({ endpoint }: FakeS3, settings: S3ClientConfig): S3Client {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, ...settings });
}

describe('the bucket', () => {
  let s3: FakeS3;
  let client: S3Client;
  let bucket: S3Bucket;

  beforeEach(async () => {
    s3 = await FakeS3.start('cwii-issuer');
    client = clientOf(s3, { maxAttempts: 3 });
    bucket = new S3Bucket(client, 'cwii-issuer');
  });
  afterEach(async () => {
    client.destroy();
    await s3[Symbol.asyncDispose]();
  });

  describeBucket(() => client);

  it.each([
    ['read', () => bucket.read('a/key'), 's3:GetObject on it, s3:ListBucket on its bucket'],
    ['written', () => bucket.write('a/key', object, undefined), 's3:PutObject and s3:GetObject on it'],
  ])('is named with the missing permission if an object may not be %s', async (done, act, permission) => {
    s3.failNext(s3Error(403, 'AccessDenied'));
    await expect(act()).rejects.toMatchObject({
      code: 'bucket-forbidden',
      message: expect.stringMatching(
        new RegExp(`^s3://cwii-issuer/a/key could not be ${done}: .*AccessDenied.*${permission}`),
      ),
    });
  });

  it('reports a write that collides with another one as a conflict', async () => {
    s3.failNext(s3Error(409, 'ConditionalRequestConflict'));
    await expect(bucket.write('key', object, undefined)).rejects.toMatchObject({ code: 'bucket-conflict' });
  });

  it('fails if an answer does not come in time', async () => {
    const requestHandler = { ...scheduledClientConfig.requestHandler, requestTimeout: 50 };
    const clientWithShortTimeout = clientOf(s3, { maxAttempts: 1, requestHandler });
    s3.failAlways(() => undefined);
    const reading = new S3Bucket(clientWithShortTimeout, 'cwii-issuer').read('key');
    await expect(reading).rejects.toMatchObject({ code: 'bucket-unavailable' });
    clientWithShortTimeout.destroy();
  });

  it.each([
    ['an internal error', s3Error(500, 'InternalError')],
    ['that it is overloaded', s3Error(503, 'SlowDown')],
    ['nothing', s3HangUp],
  ])('is read again if S3 answers %s once', async (_, fault) => {
    await bucket.write('key', object, undefined);
    s3.failNext(fault);
    expect(await bucket.read('key')).toMatchObject({ body: '{}' });
  });

  it('reports a write whose answer was lost as a conflict, so that the run reads the object again', async () => {
    s3.failNext(s3.loseAnswer);
    await expect(bucket.write('key', object, undefined)).rejects.toMatchObject({ code: 'bucket-conflict' });
    expect(await bucket.read('key')).toMatchObject({ body: '{}' });
  });

  it('is unavailable if S3 fails every time', async () => {
    s3.failAlways(s3Error(503, 'SlowDown'));
    await expect(bucket.read('key')).rejects.toMatchObject({
      code: 'bucket-unavailable',
      message: expect.stringContaining('s3://cwii-issuer/key could not be read: SlowDown'),
    });
    expect(s3.requests).toEqual(['GET key', 'GET key', 'GET key']);
  });
});
