// How a key of cwii.yaml is declared: its schema together with the words that document it.

import { z } from 'zod';
import { settingDocs } from '../lib/settings/setting-docs.ts';
import { type Setting, type SettingName, settings } from '../lib/settings/webhook-settings.ts';

/** A key with its documentation. `byDefault` says in words what a computed default is. */
export function key<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  example?: unknown,
  byDefault?: string,
) {
  return schema.meta({
    description,
    ...(example !== undefined && { examples: [example] }),
    ...(byDefault !== undefined && { byDefault }),
  });
}

/** A group of keys, all of which are known. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape, description: string) {
  return key(z.strictObject(shape), description);
}

/** One of the function's settings, documented by its own words. */
export function setting<Schema extends z.ZodType>(name: SettingName, schema: Schema, example?: unknown) {
  const { effect, example: text } = settingDocs[name];
  const { byDefault }: Setting<unknown> = settings[name];
  return key(schema, effect, example ?? text, byDefault ? `\`${byDefault}\`` : undefined).optional();
}

/** A check that one of these keys is there and no second one. */
export function exactlyOne(...names: string[]) {
  return ({ value, issues }: z.core.ParsePayload<Record<string, unknown>>) => {
    const present = names.filter((name) => value[name] !== undefined);
    if (present.length === 1) return;
    const message =
      present.length === 0
        ? `has none of ${names.join(', ')}; write exactly one of them`
        : `has ${present.join(' and ')}; write only one of them`;
    issues.push({ code: 'custom', message, input: value });
  };
}
