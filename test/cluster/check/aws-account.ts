// An AWS account in moto with the AWS CLI, for commands that read the account or change it.

import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MotoServer, startMotoServer } from '../../../testing/moto-server.ts';
import { localS3Packages, ministackPackages, type PythonPackages, pythonWith } from '../../../testing/python.ts';
import { type Ended, run } from '../../../testing/run.ts';

export interface EmulatedAccount {
  /** Runs a shell script with the AWS CLI in the PATH. */
  sh(script: string): Promise<Ended>;
  /** Runs the AWS CLI. @throws if it fails. */
  aws(...args: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * @param programs the folder in the PATH, where the program `aws` is written.
 * @param packages moto with the services of the test.
 */
export async function startEmulatedAccount(
  programs: string,
  packages: PythonPackages = localS3Packages,
): Promise<EmulatedAccount> {
  const moto: MotoServer = await startMotoServer(packages);
  const python = await pythonWith(ministackPackages);
  const env = {
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  // A test can set another value, such as an endpoint that is dead.
  const variables = Object.entries(env).map(([name, value]) => `export ${name}="\${${name}:-${value}}"\n`);
  const program = join(programs, 'aws');
  await writeFile(program, `#!/bin/sh\n${variables.join('')}exec ${python} -m awscli "$@"\n`);
  await chmod(program, 0o700);
  const sh = (script: string) =>
    run(['sh', '-c', script], { env: { PATH: `${programs}:/usr/bin:/bin`, HOME: programs } });
  return {
    sh,
    aws: async (...args) => {
      const { code, stdout, stderr } = await run([program, ...args], {
        env: { PATH: '/usr/bin:/bin', HOME: programs },
      });
      if (code !== 0) throw new Error(`aws ${args.join(' ')}: ${stderr}`);
      return stdout === '' ? undefined : JSON.parse(stdout);
    },
    stop: () => moto.stop(),
  };
}
