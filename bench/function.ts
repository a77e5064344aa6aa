// Loads copies of the built function, each with its own settings, connection and cache.

import { createHash } from 'node:crypto';
import { packageFile } from '../lib/common/package-root.ts';
import { admissionEvent, CALLER_TOKEN } from './event.ts';

export type Handler = (event: object, context: object) => Promise<{ statusCode: number; body: string }>;

export const bundle = packageFile('dist', 'webhook', 'index.mjs');

export const callerEnv = { CWII_CALLER_TOKEN_SHA256: createHash('sha256').update(CALLER_TOKEN).digest('hex') };

let copies = 0;

export async function loadHandler(env: Readonly<Record<string, string>>): Promise<Handler> {
  for (const name of Object.keys(process.env))
    if (name.startsWith('CWII_') || name === 'AWS_LAMBDA_FUNCTION_NAME') delete process.env[name];
  Object.assign(process.env, callerEnv, env);
  const { handler } = await import(`${bundle}?copy=${copies++}`);
  return handler;
}

/**
 * One admission, whose answer must have a patch. The review is prepared in advance.
 */
export function admit(handler: Handler, pod: object): () => Promise<void> {
  const event = admissionEvent(pod) as { requestContext: object };
  return async () => {
    const requestContext = { ...event.requestContext, timeEpoch: Date.now() };
    const answer = await handler({ ...event, requestContext }, {});
    if (answer.statusCode !== 200 || !answer.body.includes('"patch"'))
      throw new Error(`the handler answered ${answer.statusCode}: ${answer.body}`);
  };
}

/** Captures the function's log lines in `lines` while `work` runs, or discards them. */
export async function quietly<Value>(work: () => Promise<Value>, lines?: string[]): Promise<Value> {
  const { write } = process.stdout;
  process.stdout.write = (line: string | Uint8Array) => {
    lines?.push(String(line));
    return true;
  };
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}
