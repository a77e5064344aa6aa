// Knows how an S3 on loopback is started, with conditional writes as Amazon S3 has them: moto's server, and the variables by
// which the AWS SDK takes it for S3.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createGuardian } from './guardian.ts';
import { freePort } from './ports.ts';
import { pythonEnvironment } from './python.ts';
import { waitFor } from './wait-for.ts';

export interface LocalS3 {
  readonly client: S3Client;
  readonly endpoint: string;
  /** What a program needs for its SDK to use it. */
  readonly env: Readonly<Record<string, string>>;
  createBucket(name: string): Promise<void>;
  stop(): Promise<void>;
}

const requirements = fileURLToPath(new URL('../local-s3/requirements.txt', import.meta.url));
const startTimeoutMs = 20_000;
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const region = 'us-east-1';

export async function startLocalS3(): Promise<LocalS3> {
  const environment = await pythonEnvironment(requirements);
  const guardian = createGuardian();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const logPath = join(guardian.directory, 'moto.log');
  const log = openSync(logPath, 'a');
  // The module and not bin/moto_server: a script there names the path at which the environment was made.
  const args = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)];
  const child = spawn(join(environment, 'bin', 'python'), args, {
    cwd: guardian.directory,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) guardian.forget(child.pid);
      failure = `it ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  if (child.pid !== undefined) guardian.watch(child.pid);
  await waitFor(
    'the local S3 to answer',
    async () => (await fetch(endpoint)).ok,
    startTimeoutMs,
    () => {
      if (failure !== undefined)
        throw new Error(`the local S3 does not run, ${failure}:\n${readFileSync(logPath, 'utf8')}`);
    },
  );

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
      child.ref();
      child.kill('SIGKILL');
      await ended;
      await guardian.release();
    },
  };
}
