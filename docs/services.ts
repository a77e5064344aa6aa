// The generated parts of docs/services.md: the services of the catalogue, and the keys of a definition.

import * as z from 'zod';
import { catalogue } from '../lib/settings/service-catalogue.ts';
import { type ServiceDefinition, serviceDefinition } from '../lib/settings/service-definition.ts';
import { serviceRules } from '../lib/settings/service-rules.ts';
import { table } from './table.ts';

export function catalogueSections(): string {
  return catalogue.map(section).join('\n');
}

function section(service: ServiceDefinition): string {
  const { name, title, documentation, trigger, keys, audience, identity, variables, otherCredentials } = service;
  const rows = Object.entries(keys)
    .toSorted(([one], [other]) => Number(other === trigger) - Number(one === trigger))
    .map(([key, { meaning, required, example }]) => [
      code(`cwii.dev/${name}-${key}`),
      meaning,
      key === trigger || required ? 'yes' : 'no',
      code(example),
    ]);
  const list = (names: object | readonly string[] | undefined) =>
    (Array.isArray(names) ? names : Object.keys(names ?? {})).map((one) => code(String(one))).join(', ');
  const lines = [
    `- Audience: ${audience === undefined ? `\`cwii.dev/${name}-audience\`` : code(audience)}`,
    `- Variables of the identity: ${list(identity)}`,
    ...(variables ? [`- Further variables: ${list(variables)}`] : []),
    ...(otherCredentials ? [`- The SDKs prefer: ${list(otherCredentials)}`] : []),
    ...(documentation === undefined ? [] : [`- Documentation: <${documentation}>`]),
  ];
  const heading = title.charAt(0).toUpperCase() + title.slice(1);
  return `### ${heading}\n\n${table(['Annotation', 'Meaning', 'Required', 'Example'], rows)}\n${lines.join('\n')}\n`;
}

interface JsonSchema {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** The schema of each value, if the user chooses the keys. */
  readonly additionalProperties?: JsonSchema;
}

/** One row for each key of a definition, from the schema that checks it. */
export function definitionTable(): string {
  const schema = z.toJSONSchema(serviceDefinition(serviceRules), { io: 'input' }) as JsonSchema;
  return table(['Key', 'Meaning', 'Required', 'Example'], rowsOf(schema, ''));
}

function rowsOf({ properties = {}, required = [] }: JsonSchema, prefix: string): string[][] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const { description = '', examples = [], additionalProperties } = schema;
    const example = typeof examples[0] === 'string' ? examples[0] : JSON.stringify(examples[0]);
    const row = [code(prefix + key), description, required.includes(key) ? 'yes' : 'no', code(example)];
    const ofEach = additionalProperties ? rowsOf(additionalProperties, `${prefix}${key}.<key>.`) : [];
    return [row, ...rowsOf(schema, `${prefix}${key}.`), ...ofEach];
  });
}

function code(text: string): string {
  return `\`${text}\``;
}
