// Findings as data in CEL: the code, whether it denies the pod, and the text with the place.

import { allFindings } from '../../../lib/annotations/finding-catalogue.ts';
import type { FindingCode } from '../../../lib/annotations/finding-codes.ts';
import { KEY_PREFIX } from '../../../lib/annotations/keys.ts';
import { celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';

/** A condition, and the problems if it holds. */
export type Rule = readonly [condition: string, problems: string];

/** The problems of the first rule whose condition holds. */
export function firstOf(rules: readonly Rule[], otherwise = '[]'): string {
  return rules.reduceRight((rest, [condition, problems]) => `${condition} ? ${problems} :\n${rest}`, otherwise);
}

/** The problems of all rules whose condition holds. */
export function allOf(rules: readonly Rule[]): string {
  return rules.length === 0
    ? '[]'
    : `(${rules.map(([condition, problems]) => `(${condition} ? ${problems} : [])`).join(' +\n')})`;
}

/** The denials if there are any, else the warnings. */
export function denialsOr(denials: readonly Rule[], warnings: string): string {
  if (denials.length === 0) return warnings;
  return `[${allOf(denials)}].map(d, d.size() > 0 ? d : ${warnings})[0]`;
}

interface Text {
  readonly problem: string | ((params: never) => string);
  readonly remedy: string;
}

/** The parameters of the text. One in `{{}}` is an expression. */
export type Params = Readonly<Record<string, unknown>>;

/** A problem with the value of a key, at the first scope that sets it. */
export function warning(code: FindingCode, key: string, params: Params = {}): string {
  return problem(code, 'false', placeOf(key), textOf(code, params));
}

export function denial(code: FindingCode, key: string, params: Params = {}): string {
  return problem(code, 'true', placeOf(key), textOf(code, params));
}

/** A problem with the value of a key that is an expression, at the first scope that sets it. */
export function problemAt(code: FindingCode, key: string, deny: string, params: Params = {}): string {
  return problem(code, deny, `variables.places[?${key}].orValue(${key})`, textOf(code, params));
}

/** A problem with a part of the pod, or with one of its containers. */
export function ofPod(code: FindingCode, subject: string, deny: string, params: Params = {}): string {
  return problem(code, deny, `${subject} + ' on ' + variables.objects[0]`, textOf(code, params));
}

/** A problem with the value of a key in the scope of an index. Both are expressions. */
export function problemOf(code: FindingCode, key: string, scope: string): string {
  const place = `${key} + ' "' + ${short(`variables.scopes[${scope}][${key}]`)} + '" on ' + variables.objects[${scope}]`;
  return problem(code, 'false', place, textOf(code, {}));
}

/** A key that only the webhook can follow. */
export function leftToWebhook(key: string, effect: string): string {
  return `[{'deny': dyn(false), 'text': dyn(${placeOf(key)} + ${celString(`: policies of the API server cannot follow it, so ${effect}; see docs/availability.md`)})}]`;
}

/** A value that makes the identity impossible. It denies the pod if its author set the value. */
export function invalid(
  code: FindingCode,
  key: string,
  onInvalid: 'deny' | 'warn' | undefined,
  effect: string,
): string {
  const { problem: text, remedy } = allFindings[code] as Text;
  const deny = onInvalid === undefined ? `(${isOfPod(key)})` : String(onInvalid === 'deny');
  const warned = `${celString(`${text}`)} + (${deny} ? '' : ${celString(`, so ${effect}`)}) + ${celString(`; ${remedy}`)}`;
  return problem(code, deny, placeOf(key), warned);
}

/** Whether the pod itself sets the key. */
export function isOfPod(key: string): string {
  return `variables.ofPod[?${celString(KEY_PREFIX + key)}].orValue('').trim() != ''`;
}

function problem(code: FindingCode, deny: string, place: string, text: string): string {
  return `[{'deny': dyn(${deny}), 'text': dyn(${place} + ': ' + ${text} + ${celString(` [${code}]`)})}]`;
}

const PARAMETER = /\{\{(.*?)\}\}/;

function textOf(code: FindingCode, params: Params): string {
  const { problem: text, remedy } = allFindings[code] as Text;
  const written = typeof text === 'string' ? text : text(params as never);
  return `${written}; ${remedy}`
    .split(PARAMETER)
    .map((part, index) => (index % 2 === 0 ? celString(part) : part))
    .filter((part) => part !== "''")
    .join(' + ');
}

/** The first scope that sets the key: `cwii.dev/aws-role-arn "…" on ServiceAccount default/my-app`. */
function placeOf(key: string): string {
  const name = celString(KEY_PREFIX + key);
  return `variables.places[?${name}].orValue(${name})`;
}

/** The place of each key that a scope sets. */
export function placeVariables(): readonly Variable[] {
  const value = `variables.scopes[i][?k].orValue('').trim()`;
  return [
    {
      name: 'objects',
      expression: `['Pod ' + request.namespace + '/' + (object.metadata.?name.orValue('') != '' ? object.metadata.name : object.metadata.?generateName.orValue('') + '*'),
  'ServiceAccount ' + request.namespace + '/' + params.metadata.name, 'Namespace ' + request.namespace]`,
    },
    {
      name: 'places',
      expression: `variables.scopes.map(s, s.filter(k, k.startsWith(${celString(KEY_PREFIX)}) && s[k].trim() != '').map(k, k)).flatten().distinct()
  .transformMapEntry(n, k, {k: lists.range(3).filter(i, ${value} != '').map(i, k + ' "' + ${short(value)} + '" on ' + variables.objects[i])[0]})`,
    },
  ];
}

/** Line breaks would end a warning. */
function short(value: string): string {
  return `[${value}].map(v, (v.size() > 60 ? v.substring(0, 59) + '…' : v).replace('\\n', ' ').replace('\\r', ' '))[0]`;
}
