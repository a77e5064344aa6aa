// The bucket passes the same cases on moto's S3 as on the fake S3.

import { afterAll, beforeAll, describe } from 'vitest';
import { type LocalS3, startLocalS3 } from '../../testing/local-s3.ts';
import { describeBucket } from '../functions/issuer/bucket-cases.ts';

describe('the bucket on moto', () => {
  let s3: LocalS3;
  beforeAll(async () => {
    s3 = await startLocalS3();
    await s3.createBucket('cwii-issuer');
  });
  afterAll(() => s3?.stop());

  describeBucket(() => s3.client);
});
