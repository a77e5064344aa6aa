// Reads the blocks, and the objects with literal values, of a Terraform file. A reference becomes its text.

type Value = string | readonly Value[] | { readonly [name: string]: Value };

const TOKEN = /\s+|#[^\n]*|"((?:[^"\\]|\\.)*)"|[{}[\]=,:]|[^\s"{}[\]=,#]+(?:\[\w+\][^\s,{}]*)?/gy;

/** The blocks of a kind by their labels, such as `aws_lambda_alias.live` of the resources. */
export function blocks(text: string, kind: string): ReadonlyMap<string, string> {
  const found = text.matchAll(new RegExp(`^${kind} "([^\\n]+)" \\{\\n(.*?)^\\}`, 'gms'));
  return new Map([...found].map(([, labels = '', body = '']) => [labels.replaceAll('" "', '.'), body]));
}

/** The statements of policies in a file: the objects that have an `Effect`. */
export function statements(text: string): readonly Record<string, Value>[] {
  const starts = [...text.matchAll(/\{(?=\s+(?:#[^\n]*\s+)?(?:Sid|Effect)\s+=)/g)];
  return starts.map(({ index }) => read(text.slice(index)) as Record<string, Value>);
}

function read(text: string): Value {
  const tokens = [...text.matchAll(TOKEN)].filter(([token]) => !/^(\s|#)/.test(token));
  let next = 0;
  const at = () => tokens[next]?.[0];
  const value = (): Value => {
    const [token = '', literal] = tokens[next++] ?? [];
    if (token === '[') return list();
    if (token === '{') return object();
    return literal ?? token;
  };
  const list = (): Value[] => {
    const values: Value[] = [];
    while (at() !== ']') {
      values.push(value());
      if (at() === ',') next++;
    }
    next++;
    return values;
  };
  const object = (): Record<string, Value> => {
    const values: Record<string, Value> = {};
    while (at() !== '}') {
      const name = String(value());
      if (tokens[next++]?.[0] !== '=') throw new Error(`the attribute ${name} has no value`);
      values[name] = value();
      if (at() === ',') next++;
    }
    next++;
    return values;
  };
  return value();
}
