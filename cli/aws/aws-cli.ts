// Reads AWS through the AWS CLI, which handles profiles, single sign-on and assumed roles.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CwiiError } from '../../lib/common/errors.ts';
import { type Ended, runProgram } from '../run-program.ts';

/** Why AWS could not be read. */
export type AwsFailure = 'no-cli' | 'not-found' | 'other';

export class AwsError extends CwiiError {
  override name = 'AwsError';
  readonly failure: AwsFailure;

  constructor(failure: AwsFailure, message: string, options?: ErrorOptions) {
    super('aws-failed', message, options);
    this.failure = failure;
  }
}

/**
 * Runs `aws <args>`. The credentials stay in that program.
 *
 * @returns the parsed answer; its type is not checked. Undefined for an empty answer.
 * @throws {AwsError}
 */
export async function aws<T>(args: readonly string[], signal?: AbortSignal): Promise<T | undefined> {
  const limits = ['--cli-connect-timeout', '3', '--cli-read-timeout', '8'];
  const ended = await runProgram('aws', [...args, '--output', 'json', ...limits], {
    env: environment(process.env),
    signal,
  });
  if (ended.failure !== undefined) throw failureOf(ended, args);
  return ended.stdout.trim() === '' ? undefined : (JSON.parse(ended.stdout) as T);
}

/** Whether it makes sense to start the AWS CLI. It is not allowed to ask the metadata service of EC2. */
export function hasAwsCredentials(env: NodeJS.ProcessEnv): boolean {
  const variables = [
    'AWS_ACCESS_KEY_ID',
    'AWS_PROFILE',
    'AWS_DEFAULT_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  ];
  const folder = join(env['HOME'] ?? homedir(), '.aws');
  const files = [
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(folder, 'credentials'),
    env['AWS_CONFIG_FILE'] ?? join(folder, 'config'),
  ];
  return variables.some((name) => env[name]) || files.some((file) => existsSync(file));
}

function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { AWS_EC2_METADATA_DISABLED: 'true', AWS_MAX_ATTEMPTS: '2', ...env, AWS_PAGER: '' };
}

function failureOf(
  { failure, error, stderr }: Exclude<Ended, { failure?: undefined }>,
  args: readonly string[],
): AwsError {
  const call = `aws ${args.slice(0, 2).join(' ')}`;
  if (failure === 'missing') return new AwsError('no-cli', 'the AWS CLI (`aws`) is not in the PATH');
  if (failure === 'late') return new AwsError('other', `${call} did not end in time`, { cause: error });
  const reason = stderr.replaceAll(/\s+/g, ' ').trim();
  const kind = /\((ResourceNotFound\w*|NoSuchEntity)\)/.test(reason) ? 'not-found' : 'other';
  return new AwsError(kind, `${call}: ${reason || error.message}`, { cause: error });
}
