// The output formats of `cwii preview`.

import { styleText } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import { keyDocs } from '../lib/annotations/key-docs.ts';
import { annotationKeys, type KeyName } from '../lib/annotations/keys.ts';
import type { Explicit } from '../lib/annotations/resolve.ts';
import { providers } from '../lib/providers/registry.ts';
import type { MutateSettings } from '../lib/settings/webhook-config.ts';
import type { Previewed, Verdict } from './admission.ts';
import { defaultInForce } from './defaults.ts';
import { toYaml } from './manifest-files.ts';

export const outputFormats = ['yaml', 'json', 'diff', 'patch', 'explain'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export function render(pods: readonly Previewed[], format: OutputFormat): string {
  switch (format) {
    case 'yaml':
      return pods.map(({ after }) => toYaml(after)).join('---\n');
    case 'json':
      return toJson({ apiVersion: 'v1', kind: 'List', metadata: {}, items: pods.map(({ after }) => after) });
    case 'patch':
      return pods.map(({ verdict }) => toJson(verdict.kind === 'admitted' ? verdict.patch : [])).join('');
    case 'diff':
      return pods.map(diff).join('\n');
    case 'explain':
      return pods.map(explain).join('\n');
  }
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A unified diff; green and red where standard output is a terminal that wants colours (NO_COLOR is heeded). */
export function diff({ name, before, after }: Pick<Previewed, 'name' | 'before' | 'after'>): string {
  const text = createTwoFilesPatch(
    `Pod ${name}`,
    `Pod ${name}`,
    toYaml(before),
    toYaml(after),
    'as applied',
    'as admitted',
  );
  if (!text.includes('\n@@')) return `Pod ${name}: unchanged\n`;
  // What stands before the file names (an index and a rule) is jsdiff's own, and part of no diff that tools read.
  return text.slice(text.indexOf('---')).split('\n').map(colour).join('\n');
}

function colour(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return style('bold', line);
  if (line.startsWith('+')) return style('green', line);
  if (line.startsWith('-')) return style('red', line);
  return line.startsWith('@@') ? style('cyan', line) : line;
}

function style(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Where each value of the pod's configuration came from; of a cloud that no scope mentions, only that. */
export function explain({ name, verdict, missing, settings }: Previewed): string {
  const title = style('bold', `Pod ${name}: ${outcome(verdict)}`);
  if (verdict.kind === 'skipped') return `${title}\n`;
  const names = Object.keys(annotationKeys) as KeyName[];
  const width = Math.max(...names.map((key) => key.length));
  const isSet = (key: KeyName) => verdict.resolution.get(key) !== undefined;
  const clouds = providers.map(({ id, cloud }) => ({
    cloud,
    keys: names.filter((key) => key.startsWith(`cwii.dev/${id}-`)),
  }));
  const shared = names.filter((key) => !clouds.some(({ keys }) => keys.includes(key)) && isSet(key));
  const shown = [...clouds.filter(({ keys }) => keys.some(isSet)).flatMap(({ keys }) => keys), ...shared];
  const rows = shown.map((key) => `  ${key.padEnd(width)}  ${provenance(key, verdict.resolution.get(key), settings)}`);
  const unasked = clouds.filter(({ keys }) => !keys.some(isSet)).map(({ cloud }) => cloud);
  const notes = [
    ...(unasked.length > 0 ? [`  Nothing is set for ${unasked.join(', ')}`] : []),
    ...(missing.length > 0 ? [`  Not in the files, so not consulted: ${missing.join(', ')}`] : []),
  ];
  return `${[title, ...rows, ...notes.map((note) => style('dim', note))].join('\n')}\n`;
}

function provenance(key: KeyName, explicit: Explicit<unknown> | undefined, settings: MutateSettings): string {
  if (explicit) {
    const as = explicit.native ? `, ${explicit.key}` : '';
    return `${JSON.stringify(explicit.value)} from ${explicit.source.object}${as}`;
  }
  const value = defaultInForce(key, settings);
  return style('dim', value === undefined ? unset(keyDocs[key].byDefault) : `${JSON.stringify(value)} by default`);
}

/** A default in the words of the docs, some of which say themselves that nothing is set. */
function unset(byDefault: string): string {
  return byDefault.startsWith('not set') ? byDefault : `not set: ${byDefault}`;
}

function outcome(verdict: Verdict): string {
  if (verdict.kind === 'skipped') return `left alone (${verdict.reason})`;
  if (verdict.kind === 'denied') return 'refused';
  return verdict.injected.length > 0 ? `gets the identity of ${verdict.injected.join(', ')}` : 'gets no identity';
}
