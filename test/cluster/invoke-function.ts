// Invokes a built function once in its own process, as Lambda does, and checks its log for secrets.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { assertDiscreet, assertNoSecret, type LoggingFunction, secretsOfEnvironment } from '../fakes/discreet-log.ts';

export interface Invocation<Answer> {
  readonly answer: Answer | undefined;
  readonly error: { readonly name: string; readonly code?: string; readonly message: string } | undefined;
  /** Lines on standard output, each of them JSON. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Writes the answer to file descriptor 3, because standard output is the log. Like Lambda, it logs errors.
 */
const runtime = `
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
const [bundle, event] = process.argv.slice(1);
const answer = (value) => writeSync(3, JSON.stringify(value));
try {
  const { handler } = await import(bundle);
  answer({ answer: await handler(JSON.parse(event), {}) });
} catch (error) {
  console.error(inspect(error));
  const { name, code, message } = error;
  answer({ error: { name, code, message } });
}
process.exit();
`;

/**
 * @param secrets what the log must not contain, in addition to the secrets of the environment; called after
 * the run.
 * @throws {Error} if the log contains a token, a key or one of the secrets.
 */
export async function invokeFunction<Answer>(
  name: LoggingFunction,
  event: unknown,
  env: Readonly<Record<string, string>>,
  secrets: () => Iterable<string> = () => [],
): Promise<Invocation<Answer>> {
  const bundle = fileURLToPath(new URL(`../../dist/${name}/index.mjs`, import.meta.url));
  const child = spawn(process.execPath, ['--input-type=module', '-e', runtime, bundle, JSON.stringify(event)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [out = '', complaint = '', answered = ''] = await Promise.all(child.stdio.slice(1).map(textOf));
  if (answered === '') throw new Error(`the function ${name} ended without an answer:\n${complaint}`);
  const lines = out.split('\n').filter((line) => line !== '');
  const forbidden = [...secretsOfEnvironment(env), ...secrets()];
  assertDiscreet(lines, forbidden, name);
  assertNoSecret(complaint, forbidden);
  return { answer: undefined, error: undefined, ...JSON.parse(answered), log: lines.map((line) => JSON.parse(line)) };
}

async function textOf(stream: unknown): Promise<string> {
  let text = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk;
  return text;
}
