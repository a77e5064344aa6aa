// Knows that the bucket does on an S3 of somebody else's making what it does on the fake one.

import { afterAll, beforeAll, describe } from 'vitest';
import { type LocalS3, startLocalS3 } from '../../testing/local-s3.ts';
import { describeBucket } from '../functions/issuer/bucket-cases.ts';

describe('the bucket on the local S3', () => {
  let s3: LocalS3;
  beforeAll(async () => {
    s3 = await startLocalS3();
    await s3.createBucket('cwii-issuer');
  });
  afterAll(() => s3?.stop());

  describeBucket(() => s3.client);
});
