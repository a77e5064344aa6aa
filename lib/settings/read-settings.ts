// How the environment of a small function is read: few variables, most of them needed, all problems told at once.

import { ConfigError } from '../common/errors.ts';

export interface FunctionSetting<Value> {
  /** @throws {Error} whose message continues the sentence `<NAME> …`. */
  readonly parse: (text: string) => Value;
  readonly byDefault?: string;
  /** What to set it to, where it must be set. */
  readonly missing?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = Readonly<Record<string, FunctionSetting<unknown>>>;
type ValuesOf<Table extends Settings> = { readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']> };

/** @param missing what to set it to, which the error for a variable that is not set says. */
export function required<Value>(missing: string, parse: (text: string) => Value): FunctionSetting<Value> {
  return { parse, missing };
}

export function withDefault<Value>(byDefault: string, parse: (text: string) => Value): FunctionSetting<Value> {
  return { parse, byDefault };
}

export function optional<Value>(parse: (text: string) => Value): FunctionSetting<Value | undefined> {
  return { parse };
}

/**
 * Reads every variable of a table; CWII_ variables that are not in it are refused.
 *
 * @param what the function and where its settings are documented: `<NAME> is no setting of <what>`.
 * @param check adds what is wrong with variables that are right each on its own.
 * @throws {ConfigError} naming every variable at fault, not only the first.
 */
export function readFunctionSettings<Table extends Settings>(
  env: Environment,
  table: Table,
  what: string,
  check: (values: Partial<ValuesOf<Table>>, problems: string[]) => void = () => undefined,
): ValuesOf<Table> {
  const problems = Object.keys(env)
    .filter((name) => name.startsWith('CWII_') && !Object.hasOwn(table, name))
    .map((name) => `${name} is no setting of ${what}`);
  const values: Record<string, unknown> = {};
  for (const [name, { parse, byDefault, missing }] of Object.entries(table)) {
    const text = env[name]?.trim() || byDefault;
    if (text === undefined) {
      if (missing !== undefined) problems.push(`${name} is not set; set it to ${missing}`);
      continue;
    }
    try {
      values[name] = parse(text);
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}`);
    }
  }
  check(values as Partial<ValuesOf<Table>>, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return values as ValuesOf<Table>;
}
