// An AWS on loopback that a template can be deployed to, as far as moto knows its resource types.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { zipSync } from 'fflate';
import { startMotoServer } from '../../../testing/moto-server.ts';
import { emulatedAwsPackages } from '../../../testing/python.ts';
import type { Json } from '../../infra/synth.ts';

export interface EmulatedAws {
  readonly s3: S3Client;
  /** An action of a service with the query protocol. @throws with the service's answer. */
  ask(service: 'cloudformation' | 'iam', action: string, parameters: Record<string, string>): Promise<string>;
  functionEnvironment(name: string): Promise<Record<string, string>>;
  /** A bundle as CDK publishes it, in its bootstrap bucket. */
  publish(objectKey: string, folder: string): Promise<void>;
  stop(): Promise<void>;
}

export const account = '123456789012';
export const region = 'eu-central-1';
const bootstrapBucket = `cdk-hnb659fds-assets-${account}-${region}`;
const versions = { cloudformation: '2010-05-15', iam: '2010-05-08' };

export async function startEmulatedAws(): Promise<EmulatedAws> {
  const server = await startMotoServer(emulatedAwsPackages);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint: server.endpoint, region, credentials, forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({ Bucket: bootstrapBucket, CreateBucketConfiguration: { LocationConstraint: region } }),
  );

  // moto finds the service in the credential's scope and looks at no signature.
  const request = async (service: string, path: string, body?: URLSearchParams) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const method = body ? 'POST' : 'GET';
    const response = await fetch(`${server.endpoint}${path}`, {
      method,
      headers: { authorization },
      body: body ?? null,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service}: ${response.status} ${text}`);
    return text;
  };
  return {
    s3,
    ask: (service, action, parameters) =>
      request(service, '/', new URLSearchParams({ Action: action, Version: versions[service], ...parameters })),
    functionEnvironment: async (name) => {
      const text = await request('lambda', `/2015-03-31/functions/${encodeURIComponent(name)}/configuration`);
      return (JSON.parse(text) as Json).Environment.Variables;
    },
    publish: async (objectKey, folder) => {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.mjs'));
      const files = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const));
      const Body = zipSync(Object.fromEntries(files));
      await s3.send(new PutObjectCommand({ Bucket: bootstrapBucket, Key: objectKey, Body }));
    },
    stop: async () => {
      s3.destroy();
      await server.stop();
    },
  };
}
