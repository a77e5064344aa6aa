// Reads the environment variables of a function from a typed table, and reports all problems at once.

import { ConfigError } from '../common/errors.ts';
import { nearestName } from '../common/nearest-name.ts';

const PREFIX = 'CWII_';

export interface Setting<Value> {
  /** @throws {Error} with a message that continues the sentence `<NAME> …`. */
  readonly parse: (text: string) => Value;
  /** The text that applies if the variable is not set. */
  readonly byDefault?: string;
  /** A description of the value; only if the variable is required. */
  readonly missing?: string;
  /** Why an empty value is an error; absent if it counts as not set. */
  readonly empty?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ValuesOf<Table extends Settings> = { readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']> };

/** @param missing what to set the variable to, for the error if it is not set. */
export function required<Value>(missing: string, parse: (text: string) => Value): Setting<Value> {
  return { parse, missing };
}

export function withDefault<Value>(byDefault: string, parse: (text: string) => Value): Setting<Value> {
  return { parse, byDefault };
}

export function optional<Value>(parse: (text: string) => Value, empty?: string): Setting<Value | undefined> {
  return { parse, ...(empty !== undefined && { empty }) };
}

export interface ReadOptions<Table extends Settings> {
  /** The document that lists the settings, such as `docs/configuration.md`. */
  readonly documentation: string;
  /** Reports conflicts between variables that are valid on their own. Values that are invalid are absent. */
  readonly check?: (values: Partial<ValuesOf<Table>>, problems: string[]) => void;
}

/**
 * Reads every variable of a table. CWII_ variables that are not in the table are errors, because they would
 * silently have no effect.
 *
 * @throws {ConfigError} with a sentence for every invalid variable, not only the first.
 */
export function readSettings<Table extends Settings>(
  env: Environment,
  table: Table,
  { documentation, check }: ReadOptions<Table>,
): ValuesOf<Table> {
  const problems = Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !Object.hasOwn(table, name))
    .map((name) => describeUnknown(name, Object.keys(table), documentation));
  const values: Record<string, unknown> = {};
  for (const [name, { parse, byDefault, missing, empty }] of Object.entries(table)) {
    if (empty !== undefined && env[name]?.trim() === '') problems.push(`${name} is set but empty, ${empty}`);
    const text = env[name]?.trim() || byDefault;
    if (text === undefined) {
      if (missing !== undefined) problems.push(`${name} is not set; set it to ${missing}`);
      continue;
    }
    try {
      values[name] = parse(text);
    } catch (error) {
      problems.push(
        error instanceof ConfigError ? `${name}: ${error.problems.join('; ')}` : `${name} ${(error as Error).message}`,
      );
    }
  }
  check?.(values as Partial<ValuesOf<Table>>, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return values as ValuesOf<Table>;
}

function describeUnknown(name: string, known: readonly string[], documentation: string): string {
  const nearest = nearestName(
    name.slice(PREFIX.length),
    known.map((setting) => setting.slice(PREFIX.length)),
  );
  if (nearest === undefined) return `unknown setting ${name}; see ${documentation}`;
  return `unknown setting ${name}; did you mean ${PREFIX}${nearest}? See ${documentation}`;
}
