// What no log line may have: every suite's lines pass through here, with the secrets that the function was given and
// the specs of the pods that it saw.

import type { LambdaFunctionURLEvent } from 'aws-lambda';

/** Fields of lib/log.ts. What is not listed gets into no log without a look at this list. */
const FIELDS = new Set([
  ...['time', 'level', 'cluster', 'outcome', 'status', 'code', 'namespace', 'uid', 'pod', 'dryRun', 'providers'],
  ...['findings', 'reads', 'milliseconds', 'coldStart', 'error'],
]);

/** A JWT begins with the base64 of `{"`; a header's value with its scheme. */
const LOOKS_SECRET = /eyJ[\w-]{8,}|Bearer [\w.-]{8,}|-----BEGIN/;

/** Shorter texts of a spec stand in other words by chance. */
const SHORTEST = 8;

/**
 * @param lines as they were written.
 * @param secrets texts that must not be in them.
 * @throws {Error} that names the line.
 */
export function assertDiscreet(lines: readonly string[], secrets: Iterable<string>): void {
  const forbidden = [...new Set(secrets)].filter((secret) => secret !== '');
  for (const line of lines) {
    const complain = (what: string) => new Error(`${what} in a log line: ${line}`);
    const leaked = forbidden.find((secret) => line.includes(secret));
    if (leaked !== undefined) throw complain(`there is "${leaked}"`);
    if (LOOKS_SECRET.test(line)) throw complain('there is what looks like a token or a key');
    // Embedded metrics are numbers under names that the function has fixed.
    const entry = JSON.parse(line);
    const stray = '_aws' in entry ? undefined : Object.keys(entry).find((name) => !FIELDS.has(name));
    if (stray !== undefined) throw complain(`the field ${stray} is not known`);
  }
}

/** The secrets that a call shows: its token, its path key, and what the spec of its pod has. */
export function secretsOf({ headers, rawPath, body, isBase64Encoded }: LambdaFunctionURLEvent): string[] {
  const token = headers?.['authorization']?.split(' ').at(-1) ?? '';
  const key = /^\/k\/(.+)$/.exec(rawPath ?? '')?.[1] ?? '';
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
