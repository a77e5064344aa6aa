// The output formats of `cwii preview`.

import { createTwoFilesPatch } from 'diff';
import { escapeControls, escapeControlsInLines } from '../../lib/common/control-characters.ts';
import type { AdmittedPod } from './admission.ts';
import { style } from './style.ts';
import { toYaml } from './yaml-text.ts';

export const outputFormats = ['yaml', 'json', 'diff', 'patch', 'explain', 'html'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Formats that show each pod on its own. */
export function render(pods: readonly AdmittedPod[], format: Exclude<OutputFormat, 'explain' | 'html'>): string {
  switch (format) {
    case 'yaml':
      return pods.map(({ after }) => toYaml(after)).join('---\n');
    case 'json':
      return toJson({ apiVersion: 'v1', kind: 'List', metadata: {}, items: pods.map(({ after }) => after) });
    case 'patch':
      return pods.map(({ verdict }) => toJson(verdict.kind === 'admitted' ? verdict.patch : [])).join('');
    case 'diff':
      return pods.map(renderDiff).join('\n');
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
