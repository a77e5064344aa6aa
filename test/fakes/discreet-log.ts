// What no log line may have: every suite's lines pass through here, with the secrets that the function was given and
// the specs of the pods that it saw.

import { readFileSync } from 'node:fs';
import type { LambdaFunctionURLEvent } from 'aws-lambda';

/** Fields of every function's lines. */
const SHARED = ['time', 'level', 'cluster', 'outcome', 'code', 'error'];

/** Fields of each function's own. What is not listed gets into no log without a look at this list. */
const FIELDS = {
  webhook: [
    ...['status', 'namespace', 'uid', 'pod', 'dryRun', 'providers', 'findings', 'reads', 'milliseconds', 'coldStart'],
  ],
  issuer: ['keys', 'dropped', 'changes', 'warnings', 'notes', 'written'],
  'token-rotation': ['expiresAt', 'warning'],
};

export type LoggingFunction = keyof typeof FIELDS;

/** A JWT begins with the base64 of `{"`; a header's value with its scheme. */
const LOOKS_SECRET = /eyJ[\w-]{8,}|Bearer [\w.-]{8,}|-----BEGIN/;

/** Shorter texts of a spec stand in other words by chance. */
const SHORTEST = 8;

/**
 * @param lines as they were written.
 * @param secrets texts that must not be in them.
 * @throws {Error} that names the line.
 */
export function assertDiscreet(
  lines: readonly string[],
  secrets: Iterable<string>,
  by: LoggingFunction = 'webhook',
): void {
  const forbidden = [...secrets];
  for (const line of lines) {
    assertNoSecret(line, forbidden);
    // Embedded metrics are numbers under names that the function has fixed.
    const entry = JSON.parse(line);
    const known = [...SHARED, ...FIELDS[by]];
    const stray = '_aws' in entry ? undefined : Object.keys(entry).find((name) => !known.includes(name));
    if (stray !== undefined) throw new Error(`the field ${stray} is not known in a log line: ${line}`);
  }
}

/** For what gets into the log beside the function's own lines: standard error, and the errors that Lambda logs. */
export function assertNoSecret(text: string, secrets: Iterable<string>): void {
  const complain = (what: string) => new Error(`${what} in the log: ${text}`);
  const leaked = [...new Set(secrets)].find((secret) => secret !== '' && text.includes(secret));
  if (leaked !== undefined) throw complain(`there is "${leaked}"`);
  if (LOOKS_SECRET.test(text)) throw complain('there is what looks like a token or a key');
}

/** The secrets in a function's environment: its role's credentials in AWS, and the token in a file that it names. */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  const path = /^file:(.+)$/.exec(env['CWII_KUBE_CREDENTIAL'] ?? '')?.[1];
  const token = path === undefined ? '' : readFileSync(path, 'utf8').trim();
  const all = [token, env['AWS_SECRET_ACCESS_KEY'] ?? '', env['AWS_SESSION_TOKEN'] ?? ''];
  return all.filter((secret) => secret.length >= SHORTEST);
}

/** The secrets that a call shows: its token, its path key, and what the spec of its pod has. */
export function secretsOf(event: LambdaFunctionURLEvent): string[] {
  const { headers, rawPath, body, isBase64Encoded }: Partial<LambdaFunctionURLEvent> = event ?? {};
  const shown: unknown = headers?.['authorization'];
  const token = (typeof shown === 'string' && shown.split(' ').at(-1)) || '';
  const path: unknown = rawPath;
  const key = (typeof path === 'string' && /^\/k\/(.+)$/.exec(path)?.[1]) || '';
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '');
  return [...[token, key].filter((secret) => secret.length >= SHORTEST), ...specTexts(parsed(text))];
}

const OF_A_SPEC = ['command', 'args', 'value', 'image', 'data', 'stringData'];
const LOGGED = ['name', 'generateName', 'namespace'];

/**
 * The texts in the specs of pods and pod templates anywhere in `object`: commands, values of variables, images. Those that
 * are a part of a name, which is logged, are left out.
 */
export function specTexts(object: unknown): string[] {
  const names = [...new Set(textsUnder(LOGGED, object))];
  return [...new Set(textsUnder(OF_A_SPEC, object))].filter(
    (text) => text.length >= SHORTEST && !names.some((name) => name.includes(text)),
  );
}

function textsUnder(keys: readonly string[], object: unknown, within = false): string[] {
  if (typeof object === 'string') return within ? [object] : [];
  if (typeof object !== 'object' || object === null) return [];
  if (Array.isArray(object)) return object.flatMap((item) => textsUnder(keys, item, within));
  return Object.entries(object).flatMap(([name, value]) => textsUnder(keys, value, within || keys.includes(name)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
