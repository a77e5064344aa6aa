// CEL variables for the values of annotations: defaults, formats, lifetimes, guard rails and audiences.

import { KEY_PREFIX } from '../../../lib/annotations/keys.ts';
import { CONVENTIONAL_AUDIENCE, DISTRIBUTION_AUDIENCES, plainAudience } from '../../../lib/settings/api-audiences.ts';
import { LONGEST_AUDIENCE, LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from '../../../lib/settings/formats.ts';
import type { Pattern } from '../../../lib/settings/guard-rails.ts';
import { celList, celPattern, celString } from '../cel.ts';
import { firstBoolean, firstText, type Variable } from '../require-scopes.ts';
import { bind } from './cel-data.ts';

/** `aws-role-arn` becomes `awsRoleArn`. */
export function variableOf(key: string): string {
  return key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The variable of a service, or of one of its keys: `my-vault-role` becomes `my_vault_role`. Names in camel
 * case would be the same for `a-1` and `a1`, and invalid for `a--b`.
 */
export function serviceVariableOf(key: string): string {
  return key.replaceAll('-', '_');
}

/** The text of a key, or '' if no scope sets it. */
export function textVariable(key: string, name = variableOf(key)): Variable {
  return { name, expression: firstText('scopes', KEY_PREFIX + key) };
}

/** The boolean of a key as 'true' or 'false', or '' if no scope sets it. */
export function booleanVariable(key: string, name = variableOf(key)): Variable {
  return { name, expression: firstBoolean(KEY_PREFIX + key) };
}

/** The text of a key, or the default of the settings. */
export function withDefault(key: string, byDefault: string | undefined): string {
  const value = `variables.${variableOf(key)}`;
  return byDefault === undefined ? value : `(${value} != '' ? ${value} : ${celString(byDefault)})`;
}

export function matches(value: string, format: RegExp): string {
  return `${value}.matches(${celPattern(format)})`;
}

/** Whether the whole value matches a pattern of a service. */
export function matchesWhole(value: string, pattern: string): string {
  return `${value}.matches(${celString(`^(?:${pattern})$`)})`;
}

/** The lifetime of a token in seconds, corrected as in lib/providers/token.ts. */
export function seconds(value: string, byDefault: number, longest = LONGEST_EXPIRATION): string {
  const clamped = bind(
    'n',
    `int(${value})`,
    `n < ${SHORTEST_EXPIRATION} ? ${SHORTEST_EXPIRATION} : n > ${longest} ? ${longest} : n`,
  );
  return `!${value}.matches('^[0-9]+$') ? ${Math.min(byDefault, longest)} :
!${value}.matches('^0*[0-9]{1,10}$') ? ${longest} : ${clamped}`;
}

/** Whether an audience is short enough, not one of the API server, and allowed. '' is. */
export function isPossibleAudience(value: string, allowed: string): string {
  return `(${value} == '' || ${value}.size() <= ${LONGEST_AUDIENCE} && ${allowed})`;
}

/** Whether the API server would accept a token with this audience (lib/settings/api-audiences.ts). */
export function isApiAudience(value: string, known: readonly string[]): string {
  const plain = `[${value}.lowerAscii().find('(?s)^.*[^/]')].map(a, ${bind(
    'o',
    `a.find('^https://[^/]+')`,
    `o.endsWith(':443') ? o.substring(0, o.size() - 4) + a.substring(o.size()) : a`,
  )})[0]`;
  const others = [...DISTRIBUTION_AUDIENCES, ...known.map(plainAudience)];
  return bind('plain', plain, `plain.matches(${celPattern(CONVENTIONAL_AUDIENCE)}) || plain in ${celList(others)}`);
}

/** Whether a guard rail allows a value: anchored globs of `*` and `${namespace}`, as in guard-rails.ts. */
export function allows(value: string, patterns: readonly Pattern[] | undefined): string {
  if (!patterns) return 'true';
  return `(${patterns.map(({ text }) => matchesGlob(value, text)).join(' || ') || 'false'})`;
}

function matchesGlob(value: string, glob: string): string {
  const namespaced = glob.split('${namespace}');
  if (!glob.includes('*')) {
    return `${value} == ${namespaced.map(celString).join(' + request.namespace + ')}`;
  }
  const parts = namespaced.map((part) => part.split('*').map(escaped).join('.*'));
  const [first = '', ...rest] = parts;
  const texts = [`(?s)^${first}`, ...rest];
  const last = texts.pop() ?? '';
  return `${value}.matches(${[...texts, `${last}$`].map(celString).join(' + request.namespace + ')})`;
}

/** The text for a regular expression of RE2. */
function escaped(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
