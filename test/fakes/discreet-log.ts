// Checks the log lines of all functions for secrets, texts of pod specs and unknown fields.

import { readFileSync } from 'node:fs';
import type { LambdaFunctionURLEvent } from 'aws-lambda';

/** Fields of every function's lines. */
const SHARED = ['time', 'level', 'cluster', 'outcome', 'code', 'error'];

/** Fields of each function. A new field of the log must be added here. */
const FIELDS = {
  webhook: [
    ...['status', 'namespace', 'uid', 'pod', 'dryRun', 'providers', 'findings', 'reads', 'milliseconds', 'coldStart'],
    ...['kind', 'object'],
    // Lines of `cwii serve` itself.
    ...['caller', 'client', 'cause', 'message'],
  ],
  issuer: ['keys', 'dropped', 'changes', 'warnings', 'notes', 'written'],
  'token-rotation': ['expiresAt', 'warning'],
};

export type LoggingFunction = keyof typeof FIELDS;

/** A JWT starts with the base64 of `{"`, an Authorization header with its scheme. */
const LOOKS_SECRET = /eyJ[\w-]{8,}|Bearer [\w.-]{8,}|-----BEGIN/;

/** Shorter texts of a spec may be part of other words by chance. */
const SHORTEST = 8;

/**
 * @param lines the lines as they were written.
 * @param secrets texts that must not be in them.
 * @throws {Error} with the line.
 */
export function assertDiscreet(
  lines: readonly string[],
  secrets: Iterable<string>,
  by: LoggingFunction = 'webhook',
): void {
  const forbidden = [...secrets];
  for (const line of lines) {
    assertNoSecret(line, forbidden);
    // Embedded metrics are numbers with fixed names.
    const entry = JSON.parse(line);
    const known = [...SHARED, ...FIELDS[by]];
    const unknown = '_aws' in entry ? undefined : Object.keys(entry).find((name) => !known.includes(name));
    if (unknown !== undefined) throw new Error(`unknown field ${unknown} in a log line: ${line}`);
  }
}

/** For output in addition to the function's log lines: standard error, and the errors that Lambda logs. */
export function assertNoSecret(text: string, secrets: Iterable<string>): void {
  const leaked = [...new Set(secrets)].find((secret) => secret !== '' && text.includes(secret));
  if (leaked !== undefined) throw new Error(`the secret "${leaked}" is in the log: ${text}`);
  if (LOOKS_SECRET.test(text)) throw new Error(`a token or a key is in the log: ${text}`);
}

/**
 * The secrets in a function's environment: AWS credentials, and the token in the file that it names.
 */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  const path = /^file:(.+)$/.exec(env['CWII_KUBE_CREDENTIAL'] ?? '')?.[1];
  const token = path === undefined ? '' : readFileSync(path, 'utf8').trim();
  const all = [token, env['AWS_SECRET_ACCESS_KEY'] ?? '', env['AWS_SESSION_TOKEN'] ?? ''];
  return all.filter((secret) => secret.length >= SHORTEST);
}

/** The secrets of a call: its token, its path key, and the texts in the spec of its pod. */
export function secretsOf(event: LambdaFunctionURLEvent): string[] {
  const { headers, rawPath, body, isBase64Encoded }: Partial<LambdaFunctionURLEvent> = event ?? {};
  const shown: unknown = headers?.['authorization'];
  const token = (typeof shown === 'string' && shown.split(' ').at(-1)) || '';
  const path: unknown = rawPath;
  const key = (typeof path === 'string' && /^\/k\/(.+)$/.exec(path)?.[1]) || '';
  const text = isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '');
  return [...[token, key].filter((secret) => secret.length >= SHORTEST), ...specTexts(parsed(text))];
}

const SPEC_FIELDS = ['command', 'args', 'value', 'image', 'data', 'stringData'];
const LOGGED_FIELDS = ['name', 'generateName', 'namespace'];

/**
 * The texts in the specs of pods and pod templates anywhere in `object`: commands, values of variables,
 * images. Without texts that are part of a name, because names are logged.
 */
export function specTexts(object: unknown): string[] {
  const names = [...new Set(textsUnder(LOGGED_FIELDS, object))];
  return [...new Set(textsUnder(SPEC_FIELDS, object))].filter(
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
