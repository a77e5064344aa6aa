// The schema of a service as data, for the catalogue, CWII_CUSTOM_SERVICES and cwii.yaml.
//
// The function loads this module, and with it zod, only if CWII_CUSTOM_SERVICES is set.

import * as z from 'zod/mini';
import type { ServiceRules } from './service-rules.ts';
import { audienceByDefault, placeholdersIn, STANDARD_KEYS } from './service-templates.ts';

/** Adds the text that documents a key. */
function documented<Schema extends z.core.$ZodType>(schema: Schema, description: string, example?: unknown): Schema {
  z.globalRegistry.add(schema, { description, ...(example !== undefined && { examples: [example] }) });
  return schema;
}

/** A string of this format; `expected` continues the sentence `<key> is "…"; write …`. */
function text(format: RegExp, expected: string) {
  return z.string().check(
    z.check(({ value, issues }) => {
      if (format.test(value)) return;
      issues.push({ code: 'custom', message: `is "${value}"; write ${expected}`, input: value });
    }),
  );
}

const NAME = /^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

const name = () => text(NAME, 'at most 24 lower-case letters, digits and dashes, beginning with a letter');
const variableName = () => text(VARIABLE, 'the name of a variable, such as BAO_ROLE');
const nonEmpty = () => text(/^[^\p{Cc}]{1,1024}$/u, 'at most 1024 characters without control characters');

const serviceKey = z.strictObject({
  meaning: documented(nonEmpty(), 'The meaning of the annotation, in a sentence.', 'The role of the JWT login.'),
  pattern: documented(nonEmpty(), 'A regular expression that the whole value matches.', '[a-z0-9-]{1,64}'),
  example: documented(nonEmpty(), 'A value that matches the pattern.', 'my-app'),
  required: documented(z.optional(z.boolean()), 'Whether the identity is impossible without it.', true),
  default: documented(z.optional(nonEmpty()), 'The value if no scope sets the annotation.', 'my-app'),
});

const variables = z.record(variableName(), nonEmpty());

const shape = z.strictObject({
  name: documented(name(), 'The beginning of its annotations: `cwii.dev/<name>-<key>`.', 'openbao'),
  title: documented(nonEmpty(), 'The name in messages.', 'OpenBao'),
  documentation: documented(
    z.optional(text(/^https:\/\/\S+$/, 'an https URL')),
    "The page of the service's documentation.",
    'https://openbao.org/docs/auth/jwt/',
  ),
  trigger: documented(name(), 'The key whose annotation requests the service.', 'role'),
  keys: documented(z.record(name(), serviceKey), 'The annotations, by the name after `cwii.dev/<name>-`.', {
    role: { meaning: 'The role of the JWT login.', pattern: '[a-z0-9-]{1,64}', example: 'my-app' },
  }),
  audience: documented(
    z.optional(nonEmpty()),
    'The audience of the token; may contain `{key}`. Without it, the annotation `cwii.dev/<name>-audience` is required.',
    'openbao.example.com',
  ),
  identity: documented(
    variables,
    'The variables that belong together, with `{key}`, `{token}` (the path of the token) and `{file}` in their values. A container that sets another token file keeps its own identity. A variable with a key that is not set is left out.',
    { BAO_ROLE: '{role}', BAO_TOKEN_PATH: '{token}' },
  ),
  variables: documented(
    z.optional(variables),
    'Further variables, each of which a container gets if it does not set it itself.',
    { BAO_ADDR: 'https://openbao.example.com' },
  ),
  otherCredentials: documented(
    z.optional(z.array(variableName())),
    'Variables with credentials that the SDK prefers to the token. A container that sets one gets a warning.',
    ['BAO_TOKEN'],
  ),
  tokenExpiration: documented(
    z.optional(
      z.strictObject({
        default: documented(
          z.optional(z.int()),
          'The lifetime in seconds, 600 or more, if no annotation sets it. Default: CWII_TOKEN_EXPIRATION.',
          600,
        ),
        longest: documented(z.optional(z.int()), 'The longest lifetime in seconds that the service accepts.', 86_400),
      }),
    ),
    'The lifetime of the token in seconds, and the longest that the service accepts.',
    { longest: 86_400 },
  ),
  file: documented(
    z.optional(
      z.strictObject({
        name: documented(text(/^[A-Za-z0-9._-]{1,64}$/, 'the name of a file'), 'Its name.', 'credentials.json'),
        json: documented(z.record(z.string(), z.unknown()), 'Its content.', { token: { path: '{token}' } }),
      }),
    ),
    'A JSON file for the SDK, with `{key}` and `{token}` in its texts. `{file}` is its path. It must not contain a secret.',
    { name: 'credentials.json', json: { token: { path: '{token}' } } },
  ),
});

export type ServiceDefinition = z.infer<typeof shape>;

/** Names whose keys or directories exist already. */
const RESERVED = ['aws', 'az', 'gcp', 'token', 'skip', 'include', 'inject', 'injected', 'kept', 'no-api'];

type Issue = { readonly path: readonly string[]; readonly message: string };

export function serviceDefinition(rules: ServiceRules) {
  return shape.check(
    z.check(({ value, issues }) => {
      for (const { path, message } of problemsIn(value, rules)) {
        issues.push({ code: 'custom', message, input: value, path: [...path] });
      }
    }),
  );
}

/** The problems that concern more than one key. */
function problemsIn(definition: ServiceDefinition, rules: ServiceRules): Issue[] {
  const { name: own, trigger, keys, audience, identity, variables: further = {}, file } = definition;
  const problems: Issue[] = [];
  const report = (path: readonly string[], message: string) => void problems.push({ path, message });
  if (RESERVED.includes(own) || /^(aws|az|gcp|token)-/.test(own)) {
    report(['name'], `is "${own}", which cwii uses itself; choose another name`);
  }
  if (!Object.hasOwn(keys, trigger)) report(['trigger'], `is "${trigger}", which is not one of the keys`);
  for (const [key, { pattern, example, default: value }] of Object.entries(keys)) {
    if (key === 'token') report(['keys', key], 'is the placeholder of a path; choose another name');
    if (STANDARD_KEYS.includes(key)) report(['keys', key], 'is a key that every service has; choose another name');
    const format = compile(pattern);
    if (format instanceof Error) report(['keys', key, 'pattern'], `is not a regular expression: ${format.message}`);
    for (const [field, sample] of Object.entries({ example, default: value })) {
      if (format instanceof RegExp && sample !== undefined && !format.test(sample)) {
        report(['keys', key, field], `is "${sample}", which does not match the pattern`);
      }
    }
  }
  const known = [...Object.keys(keys), 'token', ...(file ? ['file'] : [])];
  const checkTemplate = (path: readonly string[], template: string, allowed: readonly string[]) => {
    const unknown = placeholdersIn(template).find((placeholder) => !allowed.includes(placeholder));
    if (unknown !== undefined) report(path, `contains {${unknown}}, which is not one of ${allowed.join(', ')}`);
  };
  for (const [variable, template] of Object.entries(identity)) checkTemplate(['identity', variable], template, known);
  for (const [variable, template] of Object.entries(further)) {
    checkTemplate(['variables', variable], template, known);
    if (Object.hasOwn(identity, variable)) report(['variables', variable], 'is in identity too; remove one of them');
  }
  if (file)
    checkTemplate(
      ['file', 'json'],
      JSON.stringify(file.json),
      known.filter((one) => one !== 'file'),
    );
  const { SHORTEST_EXPIRATION: least, LONGEST_EXPIRATION: most } = rules;
  for (const [field, seconds] of Object.entries(definition.tokenExpiration ?? {})) {
    if (seconds !== undefined && (seconds < least || seconds > most)) {
      report(['tokenExpiration', field], `is ${seconds}; write ${least} to ${most} seconds`);
    }
  }
  const { default: byDefault, longest } = definition.tokenExpiration ?? {};
  if (byDefault !== undefined && longest !== undefined && byDefault > longest)
    report(['tokenExpiration', 'default'], `is ${byDefault}, which is more than longest`);
  if (audience !== undefined) {
    checkTemplate(['audience'], audience, Object.keys(keys));
    const { LONGEST_AUDIENCE: longest } = rules;
    if (audience.length > longest) report(['audience'], `has more than ${longest} characters`);
    const byDefault = audienceByDefault(audience, keys);
    if (byDefault !== undefined && rules.isApiServerAudience(byDefault, [])) {
      report(['audience'], `is "${byDefault}", an audience of API servers; set another audience`);
    }
  }
  return problems;
}

/** The pattern for the whole value, or why it is not a regular expression. */
function compile(pattern: string): RegExp | Error {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch (error) {
    return error as Error;
  }
}

/** Such as `service broker: keys.role.pattern`. */
function placeIn(list: unknown, [index, ...path]: readonly PropertyKey[]): string {
  if (index === undefined) return 'the list';
  const entry = Array.isArray(list) ? list[Number(index)] : undefined;
  const own = entry?.name;
  const service = `service ${typeof own === 'string' ? own : Number(index) + 1}`;
  return path.length === 0 ? service : `${service}: ${path.join('.')}`;
}

/** A list of definitions, or one sentence for each problem. */
export function checkServices(
  list: unknown,
  rules: ServiceRules,
):
  | { readonly services: readonly ServiceDefinition[]; readonly problems?: undefined }
  | { readonly problems: string[] } {
  const parsed = z.array(serviceDefinition(rules)).check(z.maxLength(20)).safeParse(list);
  if (parsed.success) return { services: parsed.data };
  return {
    problems: parsed.error.issues.map((issue) => {
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
      const place = placeIn(list, [...issue.path, ...keys.slice(0, 1)]);
      if (keys.length > 0) return `${place} is an unknown key`;
      // The name of an annotation or a variable.
      const [ofName] = issue.code === 'invalid_key' ? issue.issues : [];
      if (ofName) return `${place} ${ofName.message}`;
      return issue.code === 'custom' ? `${place} ${issue.message}` : `${place} is missing or invalid`;
    }),
  };
}
