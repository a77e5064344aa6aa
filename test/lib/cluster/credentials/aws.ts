// Sets the AWS credentials of the process as Lambda does.

import { afterAll, beforeAll, vi } from 'vitest';
import type { Credentials } from '../../../fakes/aws/signature.ts';

export const region = 'eu-central-1';

export const lambdaCredentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'marker-of-the-secret-access-key',
  sessionToken: 'marker/of+the=session-token==',
} satisfies Credentials;

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
