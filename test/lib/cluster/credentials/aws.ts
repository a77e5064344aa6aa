// Knows how a test gives this process the credentials of AWS that Lambda would.

import { afterAll, beforeAll, vi } from 'vitest';
import type { Credentials } from '../../../fakes/aws/signature.ts';

export const region = 'eu-central-1';

export const lambdaCredentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'marker-of-the-secret-access-key',
  sessionToken: 'marker/of+the=session-token==',
} satisfies Credentials;

/** For the whole file. */
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
