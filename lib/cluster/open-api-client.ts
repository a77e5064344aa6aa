// Opens the client of the API server at start: connects and gets the first token at the same time.

import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterAccess } from '../settings/cluster-credential.ts';
import { createCredential } from './credentials/create.ts';
import { ApiClient } from './http/api-client.ts';
import { ClusterConnection } from './http/connection.ts';

/** The start waits this long for both. Later requests wait within their own deadlines. */
const START_MS = 1_000;

/**
 * Never fails on temporary problems: the first request tries again, and reports the cause.
 *
 * @param onCredentialError called if the first token, or a refresh in the background, fails.
 */
export async function openApiClient(
  access: ClusterAccess,
  onCredentialError: (error: unknown) => void,
): Promise<ApiClient> {
  const connection = new ClusterConnection(access);
  const connected = connection.prepare();
  const credential = createCredential(access.credential, onCredentialError);
  const authenticated = credential.token().then(() => undefined, onCredentialError);
  await settledOrTimeout(Promise.all([connected, authenticated]), START_MS);
  return new ApiClient(connection, credential);
}

async function settledOrTimeout(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, pause(milliseconds, undefined, { signal: timer.signal })]);
  timer.abort();
}
