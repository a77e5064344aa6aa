// The output formats of `cwii preview`.

import { styleText } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import { keyDocs } from '../../lib/annotations/key-docs.ts';
import { annotationKeys, type KeyName } from '../../lib/annotations/keys.ts';
import type { Explicit } from '../../lib/annotations/resolve.ts';
import { escapeControls, escapeControlsInLines } from '../../lib/common/control-characters.ts';
import { providers } from '../../lib/providers/registry.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import type { AdmittedPod, Verdict } from './admission.ts';
import { annotationDefault } from './annotation-defaults.ts';
import { toYaml } from './yaml-text.ts';

export const outputFormats = ['yaml', 'json', 'diff', 'patch', 'explain'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export function render(pods: readonly AdmittedPod[], format: OutputFormat): string {
  switch (format) {
    case 'yaml':
      return pods.map(({ after }) => toYaml(after)).join('---\n');
    case 'json':
      return toJson({ apiVersion: 'v1', kind: 'List', metadata: {}, items: pods.map(({ after }) => after) });
    case 'patch':
      return pods.map(({ verdict }) => toJson(verdict.kind === 'admitted' ? verdict.patch : [])).join('');
    case 'diff':
      return pods.map(renderDiff).join('\n');
    case 'explain':
      return pods.map(renderSources).join('\n');
  }
}

function toJson(value: unknown): string {
  return escapeControlsInLines(`${JSON.stringify(value, null, 2)}\n`);
}

/** A unified diff, coloured if standard output is a terminal and NO_COLOR is not set. */
export function renderDiff(pod: Pick<AdmittedPod, 'name' | 'before' | 'after'>): string {
  const { before, after } = pod;
  const name = escapeControls(pod.name);
  const text = createTwoFilesPatch(
    `Pod ${name}`,
    `Pod ${name}`,
    toYaml(before),
    toYaml(after),
    'as applied',
    'as admitted',
  );
  if (!text.includes('\n@@')) return `Pod ${name}: unchanged\n`;
  // The index and the rule before the file names are additions of jsdiff that other tools do not expect.
  return text.slice(text.indexOf('---')).split('\n').map(colourLine).join('\n');
}

function colourLine(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---')) return style('bold', line);
  if (line.startsWith('+')) return style('green', line);
  if (line.startsWith('-')) return style('red', line);
  return line.startsWith('@@') ? style('cyan', line) : line;
}

function style(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** The source of each value of the pod's configuration. Clouds without any value are only named. */
export function renderSources({ name, verdict, missing, settings }: AdmittedPod): string {
  const title = style('bold', escapeControls(`Pod ${name}: ${outcomeOf(verdict)}`));
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
  const rows = shown.map((key) => `  ${key.padEnd(width)}  ${sourceOf(key, verdict.resolution.get(key), settings)}`);
  const unset = clouds.filter(({ keys }) => !keys.some(isSet)).map(({ cloud }) => cloud);
  const notes = [
    ...(unset.length > 0 ? [`  Nothing is set for ${unset.join(', ')}`] : []),
    ...(missing.length > 0 ? [escapeControls(`  Not in the files, so not read: ${missing.join(', ')}`)] : []),
  ];
  return `${[title, ...rows, ...notes.map((note) => style('dim', note))].join('\n')}\n`;
}

function sourceOf(key: KeyName, explicit: Explicit<unknown> | undefined, settings: MutateSettings): string {
  if (explicit) {
    const nativeKey = explicit.native ? `, ${explicit.key}` : '';
    return escapeControls(`${JSON.stringify(explicit.value)} from ${explicit.source.object}${nativeKey}`);
  }
  const value = annotationDefault(key, settings);
  return style('dim', value === undefined ? notSet(keyDocs[key].byDefault) : `${JSON.stringify(value)} by default`);
}

/** The documented default. Some of these texts already begin with "not set". */
function notSet(byDefault: string): string {
  return byDefault.startsWith('not set') ? byDefault : `not set: ${byDefault}`;
}

function outcomeOf(verdict: Verdict): string {
  if (verdict.kind === 'skipped') return `unchanged (${verdict.reason})`;
  if (verdict.kind === 'denied') return 'denied';
  return verdict.injected.length > 0 ? `gets the identity of ${verdict.injected.join(', ')}` : 'gets no identity';
}
