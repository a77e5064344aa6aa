// Writes JSON with templates in its texts as a CEL expression, for files that the kubelet projects.

import { celString } from '../cel.ts';

export interface Templates {
  /** The template as an expression. */
  readonly fill: (template: string) => string;
  /** A condition under which the template has a value; undefined if it always has. */
  readonly isComplete: (template: string) => string | undefined;
}

/** As JSON.stringify writes it: a property whose text has no value is left out. */
export function jsonText(json: unknown, templates: Templates): string {
  if (typeof json === 'string') {
    const text = `'"' + ${escaped(templates.fill(json))} + '"'`;
    const complete = templates.isComplete(json);
    return complete === undefined ? text : `(${complete} ? ${text} : 'null')`;
  }
  if (Array.isArray(json)) return `'[' + [${json.map((item) => jsonText(item, templates)).join(', ')}].join(',') + ']'`;
  if (typeof json !== 'object' || json === null) return celString(JSON.stringify(json));
  const entries = Object.entries(json).map(([key, value]) => {
    const entry = `[${celString(`${JSON.stringify(key)}:`)} + ${jsonText(value, templates)}]`;
    const complete = typeof value === 'string' ? templates.isComplete(value) : undefined;
    return complete === undefined ? entry : `(${complete} ? ${entry} : [])`;
  });
  return entries.length === 0 ? "'{}'" : `'{' + (${entries.join(' + ')}).join(',') + '}'`;
}

/** Values have no control characters, so JSON escapes only these. */
function escaped(text: string): string {
  return `(${text}).replace('\\\\', '\\\\\\\\').replace('"', '\\\\"')`;
}
