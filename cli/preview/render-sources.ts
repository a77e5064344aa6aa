// The source of each value of a pod's configuration: the object that sets it, or the default.

import { keyDocs } from '../../lib/annotations/key-docs.ts';
import { annotationKeys, isKeyName, type KeyName } from '../../lib/annotations/keys.ts';
import type { Explicit } from '../../lib/annotations/resolve.ts';
import { escapeControls } from '../../lib/common/control-characters.ts';
import { providers } from '../../lib/providers/registry.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import type { AdmittedPod } from './admission.ts';
import { annotationDefault } from './annotation-defaults.ts';
import { style } from './style.ts';

/** The source of each value of the pod's configuration. Clouds without any value are only named. */
export function renderSources({ verdict, settings }: AdmittedPod): string {
  if (verdict.kind === 'skipped') return '';
  const names = Object.keys(annotationKeys) as KeyName[];
  const ofServices = verdict.resolution.keys.filter((key) => !isKeyName(key)).sort();
  const width = Math.max(...[...names, ...ofServices].map((key) => key.length));
  const isSet = (key: KeyName) => verdict.resolution.get(key) !== undefined;
  const clouds = providers.map(({ id, cloud }) => ({
    cloud,
    keys: names.filter((key) => key.startsWith(`cwii.dev/${id}-`)),
    roles: [...verdict.resolution.containerRoles.values()].filter(({ key }) => key.startsWith(`cwii.dev/${id}-`)),
  }));
  const shared = names.filter((key) => !clouds.some(({ keys }) => keys.includes(key)) && isSet(key));
  const shown = [...clouds.filter(({ keys }) => keys.some(isSet)).flatMap(({ keys }) => keys), ...shared];
  const rows = shown.map((key) => `  ${key.padEnd(width)}  ${sourceOf(key, verdict.resolution.get(key), settings)}`);
  const further = ofServices.flatMap((key) => verdict.resolution.find(key) ?? []);
  for (const explicit of [...clouds.flatMap(({ roles }) => roles), ...further]) {
    rows.push(`  ${escapeControls(explicit.key).padEnd(width)}  ${textOf(explicit)}`);
  }
  const unset = clouds.filter(({ keys, roles }) => !keys.some(isSet) && roles.length === 0).map(({ cloud }) => cloud);
  const notes = unset.length > 0 ? [`  Nothing is set for ${unset.join(', ')}`] : [];
  return [...rows, ...notes.map((note) => style('dim', note))]
    .map(
      (line) => `${line}
`,
    )
    .join('');
}

function sourceOf(key: KeyName, explicit: Explicit<unknown> | undefined, settings: MutateSettings): string {
  if (explicit) return textOf(explicit);
  const value = annotationDefault(key, settings);
  return style('dim', value === undefined ? notSet(keyDocs[key].byDefault) : `${JSON.stringify(value)} by default`);
}

function textOf({ native, key, value, source }: Explicit<unknown>): string {
  return escapeControls(`${JSON.stringify(value)} from ${source.object}${native ? `, ${key}` : ''}`);
}

/** The documented default. Some of these texts already begin with "not set". */
function notSet(byDefault: string): string {
  return byDefault.startsWith('not set') ? byDefault : `not set: ${byDefault}`;
}
