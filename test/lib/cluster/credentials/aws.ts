// Sets the AWS credentials of the process as Lambda does.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import type { Credentials } from '../../../fakes/aws/signature.ts';

export const region = 'eu-central-1';

export const lambdaCredentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'marker-of-the-secret-access-key',
  sessionToken: 'marker/of+the=session-token==',
} satisfies Credentials;

/**
 * The credentials are in a file of the user instead, as for `cwii serve`, where only the SDK finds them.
 * vi.unstubAllEnvs ends it.
 */
export async function asWithProfile(directory: string): Promise<void> {
  const path = join(directory, 'credentials');
  const { accessKeyId, secretAccessKey, sessionToken } = lambdaCredentials;
  await writeFile(
    path,
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\naws_session_token = ${sessionToken}\n`,
  );
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
}

/** For all tests of the file. */
export function asOnLambda(): void {
  beforeAll(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', lambdaCredentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', lambdaCredentials.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', lambdaCredentials.sessionToken);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });
}
