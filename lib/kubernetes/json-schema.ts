// Checks a value against a schema as data: in place, and to the first fault only.

/** The keywords of JSON Schema that the generated schemas have, with properties as a list. */
export interface JsonSchema {
  readonly type?: 'string' | 'number' | 'boolean' | 'array' | 'object';
  readonly nullable?: true;
  readonly const?: string;
  readonly pattern?: RegExp;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly properties?: readonly (readonly [name: string, schema: JsonSchema])[];
  /** The schema of every value of a map. */
  readonly additionalProperties?: JsonSchema;
}

export interface Fault {
  /** The names and indexes that lead to the invalid value. */
  readonly path: readonly (string | number)[];
  readonly keyword: 'type' | 'const' | 'pattern' | 'required';
  /** The keyword's parameter, such as the expected type, or the missing property. */
  readonly param: unknown;
}

/** The first fault of a value; undefined if it fits the schema. */
export function findFault(schema: JsonSchema, value: unknown): Fault | undefined {
  const { type } = schema;
  if (type === undefined || (value === null && schema.nullable)) return undefined;
  if (!isOfType(value, type)) return { path: [], keyword: 'type', param: type };
  if (type === 'array') return findFaultOfItem(schema, value as unknown[]);
  if (type === 'object') return findFaultOfField(schema, value as Record<string, unknown>);
  if (schema.const !== undefined && value !== schema.const) return { path: [], keyword: 'const', param: schema.const };
  if (schema.pattern?.test(value as string) === false) {
    return { path: [], keyword: 'pattern', param: schema.pattern.source };
  }
  return undefined;
}

function isOfType(value: unknown, type: JsonSchema['type']): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

function findFaultOfItem({ items = {} }: JsonSchema, list: readonly unknown[]): Fault | undefined {
  for (let index = 0; index < list.length; index++) {
    const fault = findFault(items, list[index]);
    if (fault) return at(index, fault);
  }
  return undefined;
}

function findFaultOfField(schema: JsonSchema, value: Readonly<Record<string, unknown>>): Fault | undefined {
  const { required = [], properties = [], additionalProperties: values } = schema;
  for (const name of required) if (value[name] === undefined) return { path: [], keyword: 'required', param: name };
  for (const [name, property] of properties) {
    const field = value[name];
    const fault = field === undefined ? undefined : findFault(property, field);
    if (fault) return at(name, fault);
  }
  if (values) {
    for (const name in value) {
      const fault = findFault(values, value[name]);
      if (fault) return at(name, fault);
    }
  }
  return undefined;
}

function at(step: string | number, { path, ...fault }: Fault): Fault {
  return { path: [step, ...path], ...fault };
}
