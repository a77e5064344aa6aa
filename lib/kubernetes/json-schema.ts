// Checks a value against a schema as data: in place, and to the first fault only.

/** The keywords of JSON Schema that the generated schemas have, with properties as a list. */
export interface JsonSchema {
  readonly type?: 'string' | 'number' | 'boolean' | 'array' | 'object';
  readonly nullable?: true;
  readonly const?: string;
  readonly pattern?: RegExp;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  /** Pairs of name and schema, which need less space in the bundle than objects. */
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
  switch (type) {
    case 'object':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) break;
      return findFaultOfField(schema, value as Record<string, unknown>);
    case 'array':
      if (!Array.isArray(value)) break;
      return schema.items && findFaultOfItem(schema.items, value);
    default:
      if (typeof value !== type) break;
      return findFaultOfText(schema, value);
  }
  return { path: [], keyword: 'type', param: type };
}

function findFaultOfText({ const: only, pattern }: JsonSchema, value: unknown): Fault | undefined {
  if (only !== undefined && value !== only) return { path: [], keyword: 'const', param: only };
  if (pattern?.test(value as string) === false) return { path: [], keyword: 'pattern', param: pattern.source };
  return undefined;
}

function findFaultOfItem(items: JsonSchema, list: readonly unknown[]): Fault | undefined {
  for (let index = 0; index < list.length; index++) {
    const fault = findFault(items, list[index]);
    if (fault) return at(index, fault);
  }
  return undefined;
}

function findFaultOfField(schema: JsonSchema, value: Readonly<Record<string, unknown>>): Fault | undefined {
  const { required, properties, additionalProperties: values } = schema;
  if (required) {
    for (const name of required) if (value[name] === undefined) return { path: [], keyword: 'required', param: name };
  }
  if (properties) {
    for (const pair of properties) {
      // Read by index: to destructure a pair would use its iterator.
      const name = pair[0];
      const property = pair[1];
      const field = value[name];
      const fault = field === undefined ? undefined : findFault(property, field);
      if (fault) return at(name, fault);
    }
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
