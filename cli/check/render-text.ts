// The report of `cwii check` as text: a line for each check, and cause and remedy where it did not pass.

import { escapeControls } from '../../lib/common/control-characters.ts';
import { style } from '../preview/style.ts';
import { NEEDS } from './check.ts';
import type { Report, ReportCategory, ReportLine } from './report.ts';

/** The same marks as `cwii preview -o explain`, and a question mark for what was not checked. */
const marks = { passed: '✓', warning: '!', failed: '✗', skipped: '?' } as const;
const colours = { passed: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' } as const;

export interface TextOptions {
  /** Shows only what failed or warns. */
  readonly quiet: boolean;
}

export function renderHeading({ context, server, uid }: Report['cluster']): string {
  const id = uid === undefined ? '' : `, kube-system ${uid}`;
  return `${escapeControls(`context ${context}, ${server}${id}`)}\n`;
}

/** Empty if nothing is to be shown. */
export function renderCategory({ name, checks }: ReportCategory, { quiet }: TextOptions): string {
  const shown = checks.filter(({ result }) => !quiet || result === 'failed' || result === 'warning');
  if (shown.length === 0) return '';
  return `\n${style('bold', name)}\n${renderLines(shown)}`;
}

/** More lines with the same reason than this are shown as one. */
const MOST_WITH_ONE_REASON = 3;

/** One failure can leave out a whole category; then the reason is shown once. */
function renderLines(lines: readonly ReportLine[]): string {
  const byReason = Map.groupBy(lines, reasonOf);
  return lines
    .map((line) => {
      const reason = reasonOf(line);
      const same = byReason.get(reason) ?? [];
      if (reason === undefined || same.length <= MOST_WITH_ONE_REASON) return renderLine(line);
      if (line !== same[0]) return '';
      const needed = reason.replace(NEEDS, 'they need ');
      return `${style(colours.skipped, `${marks.skipped} ${same.length} checks not made: ${escapeControls(needed)}`)}\n`;
    })
    .join('');
}

/** Which check stands in the way. Other reasons have their own line, because their remedies differ. */
function reasonOf({ result, cause = '' }: ReportLine): string | undefined {
  return result === 'skipped' && cause.startsWith(NEEDS) ? cause : undefined;
}

function renderLine({ code, result, description, subject, detail, cause, remedy }: ReportLine): string {
  const about = (text: string) => (subject === undefined ? text : `${subject}: ${text}`);
  const line = (text: string) => style(colours[result], `${marks[result]} ${escapeControls(text)}`);
  switch (result) {
    case 'passed':
      return `${line(`${about(description)}${detail === undefined ? '' : ` (${detail})`}`)}\n`;
    case 'skipped':
      return `${line(`${about(description)} [${code}]: not checked: ${cause ?? ''}`)}\n`;
    default:
      // The cause alone: beside a cross, the description of what is right would be read as its opposite.
      return [
        line(`${about(cause ?? description)} [${code}]`),
        ...(remedy ? [`    → ${escapeControls(remedy)}`] : []),
        '',
      ].join('\n');
  }
}

/** Such as `1 failed, 2 warnings, 31 passed, 3 not checked`. */
export function renderSummary(categories: readonly ReportCategory[]): string {
  const all = categories.flatMap(({ checks }) => checks);
  const count = (result: ReportLine['result']) => all.filter((line) => line.result === result).length;
  const warnings = count('warning');
  const parts = [
    [count('failed'), 'failed'],
    [warnings, warnings === 1 ? 'warning' : 'warnings'],
    [count('passed'), 'passed'],
    [count('skipped'), 'not checked'],
  ] as const;
  const text = parts
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(', ');
  const help = all.some(({ result }) => result === 'failed' || result === 'warning')
    ? '\n`cwii explain CODE` describes a code in brackets.'
    : '';
  return `\n${text}${help}\n`;
}
