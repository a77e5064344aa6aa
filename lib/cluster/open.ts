// The way into the cluster at the function's start: the connection is made while the token is got.

import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterAccess } from '../settings/webhook-config.ts';
import { createCredential } from './credentials/create.ts';
import type { Credential } from './credentials/credential.ts';
import { ClusterConnection } from './http/connection.ts';

/** What a start waits for both; requests then wait within their own deadline. */
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
  const connected = connection.prepare();
  const credential = createCredential(access.credential, report);
  const authenticated = credential.token().then(() => undefined, report);
  await atMost(START_MS, Promise.all([connected, authenticated]));
  return { connection, credential };
}

async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, pause(milliseconds, undefined, { signal: done.signal })]);
  done.abort();
}
