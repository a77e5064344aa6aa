// Declares the keys of cwii.yaml: each zod schema carries the text that documents it.

import { z } from 'zod';
import { settingDocs } from '../../lib/settings/setting-docs.ts';
import { type Setting, type SettingName, settings } from '../../lib/settings/webhook-settings.ts';

/** A key with its documentation. `byDefault` describes a default that is computed. */
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

/** A group of keys. Unknown keys in it are rejected. */
export function group<Shape extends z.core.$ZodLooseShape>(shape: Shape, description: string) {
  return key(z.strictObject(shape), description);
}

/** A key that sets one of the webhook function's settings, with the documentation of that setting. */
export function setting<Schema extends z.ZodType>(name: SettingName, schema: Schema, example?: unknown) {
  const { effect, example: text } = settingDocs[name];
  const { byDefault }: Setting<unknown> = settings[name];
  return key(schema, effect, example ?? text, byDefault ? `\`${byDefault}\`` : undefined).optional();
}

/** A check that exactly one of these keys is present. */
export function exactlyOne(...names: string[]) {
  return ({ value, issues }: z.core.ParsePayload<Record<string, unknown>>) => {
    const present = names.filter((name) => value[name] !== undefined);
    if (present.length === 1) return;
    const message =
      present.length === 0
        ? `needs exactly one of ${names.join(', ')}`
        : `has ${present.join(' and ')}; set only one of them`;
    issues.push({ code: 'custom', message, input: value });
  };
}
