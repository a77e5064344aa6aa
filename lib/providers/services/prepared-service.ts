// A definition of a service, prepared once: patterns are compiled and templates parsed.

import type { ServiceDefinition } from '../../settings/service-definition.ts';
import { parseTemplate, type Template } from '../../settings/service-templates.ts';
import type { Toolbox } from '../toolbox.ts';
import type { PlannedFile } from './token-identity.ts';

/** The annotation of a service's key. */
export function annotationOf({ name }: Pick<ServiceDefinition, 'name'>, key: string): string {
  return `cwii.dev/${name}-${key}`;
}

export interface PreparedService {
  readonly keys: readonly PreparedKey[];
  readonly audience: Template | undefined;
  readonly identity: readonly PreparedVariable[];
  readonly extras: readonly PreparedVariable[];
  /** The variables of the identity that name a file of cwii. */
  readonly fileVariables: readonly string[];
  /** The variable with the value of the trigger. */
  readonly principal: string | undefined;
  readonly file: (Omit<PlannedFile, 'content'> & { readonly json: JsonTemplate }) | undefined;
  readonly staticKeys: readonly string[];
  readonly examine: ReturnType<Toolbox['checkOtherCredentials']>;
}

export interface PreparedKey {
  readonly name: string;
  readonly annotation: string;
  readonly pattern: RegExp;
  readonly required: boolean;
  readonly byDefault: string | undefined;
  readonly example: string;
}

export interface PreparedVariable {
  readonly name: string;
  readonly template: Template;
  /** The keys without which the variable is left out. */
  readonly keys: readonly string[];
}

export function prepare(definition: ServiceDefinition, tools: Toolbox): PreparedService {
  const { trigger, keys, audience, identity, variables = {}, otherCredentials = [], file } = definition;
  const names = Object.keys(identity);
  const what = 'credentials, which the SDKs prefer';
  return {
    keys: Object.entries(keys).map(([name, { pattern, required = false, default: byDefault, example }]) => ({
      name,
      annotation: annotationOf(definition, name),
      pattern: new RegExp(`^(?:${pattern})$`, 'u'),
      required: required || name === trigger,
      byDefault,
      example,
    })),
    audience: audience === undefined ? undefined : parseTemplate(audience),
    identity: prepareVariables(identity),
    extras: prepareVariables(variables),
    fileVariables: names.filter((name) => PATHS.some((path) => identity[name] === `{${path}}`)),
    principal: names.find((name) => identity[name] === `{${trigger}}`),
    file: file && { key: annotationOf(definition, 'file'), name: file.name, json: parseJsonTemplate(file.json) },
    staticKeys: otherCredentials,
    examine: tools.checkOtherCredentials(otherCredentials.map((name) => ({ variables: [name], what }))),
  };
}

/** Placeholders that are paths in the container. */
const PATHS = ['token', 'file'];

function prepareVariables(templates: Readonly<Record<string, string>>): PreparedVariable[] {
  return Object.entries(templates).map(([name, text]) => {
    const template = parseTemplate(text);
    return { name, template, keys: template.placeholders.filter((placeholder) => !PATHS.includes(placeholder)) };
  });
}

/** A JSON value with its texts filled. A text with a key that is not set is left out. */
type JsonTemplate = (lookUp: (placeholder: string) => string | undefined) => unknown;

function parseJsonTemplate(json: unknown): JsonTemplate {
  if (typeof json === 'string') return parseTemplate(json).fill;
  if (Array.isArray(json)) {
    const items = json.map(parseJsonTemplate);
    return (lookUp) => items.map((fill) => fill(lookUp));
  }
  if (typeof json !== 'object' || json === null) return () => json;
  const entries = Object.entries(json).map(([key, value]) => [key, parseJsonTemplate(value)] as const);
  return (lookUp) => Object.fromEntries(entries.map(([key, fill]) => [key, fill(lookUp)]));
}
