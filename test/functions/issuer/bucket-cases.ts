// Test cases for a bucket over HTTP, shared by all servers that implement S3.

import type { S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { S3Bucket } from '../../../functions/issuer/s3-bucket.ts';

const object = { body: '{"größe": 1}\n', contentType: 'application/json', cacheControl: 'public, max-age=300' };
const other = { ...object, body: '{}' };

/** @param connect returns a client of a server with the bucket `cwii-issuer`; each case uses its own key. */
export function describeBucket(connect: () => S3Client): void {
  const bucket = () => new S3Bucket(connect(), 'cwii-issuer');

  it('has no object before it is written', async () => {
    expect(await bucket().read('none/yet.json')).toBeUndefined();
  });

  it('returns an object as it was written, with its headers and version', async () => {
    const version = await bucket().write('some/.well-known/object', object, undefined);
    expect(await bucket().read('some/.well-known/object')).toEqual({ ...object, version });
  });

  it('replaces the current version', async () => {
    const first = await bucket().write('replaced', object, undefined);
    const second = await bucket().write('replaced', other, first);
    expect(second).not.toBe(first);
    expect(await bucket().read('replaced')).toMatchObject({ body: other.body, version: second });
  });

  it('does not replace another version', async () => {
    const first = await bucket().write('changed', object, undefined);
    await bucket().write('changed', other, first);
    await expect(bucket().write('changed', object, first)).rejects.toMatchObject({
      code: 'bucket-conflict',
      message: expect.stringContaining('s3://cwii-issuer/changed was changed by another run'),
    });
    expect(await bucket().read('changed')).toMatchObject({ body: other.body });
  });

  it('does not create an object that exists already', async () => {
    await bucket().write('appeared', object, undefined);
    await expect(bucket().write('appeared', other, undefined)).rejects.toMatchObject({ code: 'bucket-conflict' });
  });

  it('does not replace an object that was deleted', async () => {
    await expect(bucket().write('disappeared', other, '"0"')).rejects.toMatchObject({ code: 'bucket-conflict' });
  });

  it('is named in the error with its setting if it does not exist', async () => {
    const missing = new S3Bucket(connect(), 'cwii-missing');
    const error = { code: 'bucket-missing', message: expect.stringContaining('check CWII_ISSUER_BUCKET') };
    await expect(missing.read('key')).rejects.toMatchObject(error);
    await expect(missing.write('key', object, undefined)).rejects.toMatchObject(error);
  });
}
