// Starts moto's S3 on loopback, which has conditional writes like Amazon S3.

import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startMotoServer } from './moto-server.ts';
import { localS3Packages } from './python.ts';

export interface LocalS3 {
  readonly client: S3Client;
  readonly endpoint: string;
  /** Environment variables that make the AWS SDK of a program use it. */
  readonly env: Readonly<Record<string, string>>;
  createBucket(name: string): Promise<void>;
  stop(): Promise<void>;
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const region = 'us-east-1';

export async function startLocalS3(): Promise<LocalS3> {
  const { endpoint, stop } = await startMotoServer(localS3Packages);
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  return {
    client,
    endpoint,
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    createBucket: async (name) => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
    },
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}
