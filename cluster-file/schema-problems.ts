// Translates zod's issues into problems with plain messages.

import { z } from 'zod';
import { nearestName } from '../lib/common/nearest-name.ts';
import type { Path, Problem } from './problems.ts';
import { fileSchema } from './schema.ts';

/** One problem for each issue, and for each unknown key. */
export function problemsFromIssues(issues: readonly z.core.$ZodIssue[]): Problem[] {
  const withUnknownKey = new Set(
    issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => path.join('.')),
  );
  return issues.flatMap((issue): Problem | Problem[] => {
    const path = issue.path as Path;
    // A misspelt key also makes the check for exactly one key fail; the misspelling is enough to report.
    if (issue.code === 'custom' && withUnknownKey.has(path.join('.'))) return [];
    if (issue.code !== 'unrecognized_keys') return { path, message: messageOf(issue) };
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, keysAt(path)) }));
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      if (issue.input === null)
        return `is empty; write ${issue.expected === 'object' ? 'keys below it, or {}' : 'a value'}, or remove it`;
      return issue.expected === 'string'
        ? 'is not a string in YAML; write it in quotes'
        : `is not ${typeNames[issue.expected] ?? `of type ${issue.expected}`}`;
    case 'invalid_key':
      // The name of a key of one's own, such as the variable of a service.
      return issue.issues[0]?.message ?? issue.message;
    case 'invalid_value':
      return `is ${JSON.stringify(issue.input)}; write ${issue.values.join(' or ')}`;
    case 'too_small':
      if (issue.path.join() === 'clusters')
        return 'is an empty list; add an entry. `cwii init --force` writes a new file';
      return issue.origin === 'array'
        ? 'is an empty list; add an entry, or remove the key'
        : issue.origin === 'string'
          ? 'is empty'
          : `is ${issue.input}; write ${issue.minimum} or more`;
    case 'too_big':
      return issue.origin === 'array'
        ? `has more than ${issue.maximum} entries`
        : `is ${issue.input}; write ${issue.maximum} or less`;
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list; begin each entry with "- "',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a group of keys',
};

function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  if (nearest !== undefined) return `is an unknown key; did you mean "${nearest}"?`;
  return known.length > 0
    ? `is an unknown key; known keys are ${known.join(', ')}`
    : 'is an unknown key; no key is allowed here';
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** The keys that an object at this path can have. */
function keysAt(path: Path): string[] {
  let schema: JsonSchema | undefined = z.toJSONSchema(fileSchema, { io: 'input' }) as JsonSchema;
  for (const part of path) schema = typeof part === 'number' ? schema?.items : schema?.properties?.[part];
  return Object.keys(schema?.properties ?? {});
}
