// The way into the cluster at the function's start: the connection is made while the token is got.

import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterAccess } from '../config.ts';
import { ClusterConnection } from './connection.ts';
import { createCredential } from './credentials/create.ts';
import type { Credential } from './credentials/credential.ts';

/** What a start waits for the token; requests then wait for it within their own deadline. */
const START_MS = 1_000;

export interface OpenCluster {
  readonly connection: ClusterConnection;
  readonly credential: Credential;
}

/**
 * Never fails on what can pass: the first request tries again, and names the cause.
 *
 * @param report told of a token that could not be got ahead, or renewed while the old one still served.
 */
export async function openCluster(access: ClusterAccess, report: (error: unknown) => void): Promise<OpenCluster> {
  const connection = new ClusterConnection(access);
  connection.prepare();
  const credential = await createCredential(access.credential, report);
  const enough = new AbortController();
  const token = credential.token().then(() => undefined, report);
  const { signal } = enough;
  await Promise.race([token, pause(START_MS, undefined, { signal })]).finally(() => enough.abort());
  return { connection, credential };
}
