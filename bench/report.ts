// Formats the table as text and as the generated part of docs/performance.md.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { packageFile } from '../lib/common/package-root.ts';
import type { Goal, Row, Unit } from './row.ts';

const [BEGIN, END] = ['<!-- bench -->\n', '<!-- end of bench -->'];

export interface Machine {
  readonly node: string;
  readonly cores: number;
  readonly processor: string;
  /** Load averages over 1, 5 and 15 minutes, before and after. */
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
}

export function describeMachine(loadBefore: readonly number[]): Machine {
  const processors = cpus();
  return {
    node: process.versions.node,
    cores: processors.length,
    processor: processors[0]?.model ?? 'unknown',
    loadBefore,
    loadAfter: loadavg(),
  };
}

function number(value: number, unit: Unit): string {
  const digits = unit === 'reads' ? 0 : unit === 'times' ? 2 : value < 1 ? 3 : 1;
  return value.toFixed(digits);
}

function withUnit(value: number, unit: Unit): string {
  return unit === 'times' ? `${number(value, unit)} times` : `${number(value, unit)} ${unit}`;
}

function describeGoal({ what, value, most, unit }: Goal): string {
  if (Number.isNaN(most)) return `${withUnit(value, unit)} ${what}`;
  const verdict = value <= most ? 'met' : 'MISSED';
  const measured =
    unit === 'ms' && (what === 'p50' || what === 'p99') ? what : `${withUnit(value, unit)} ${what}`.trim();
  return `${measured}, at most ${number(most, unit)}: ${verdict}`;
}

function cells(row: Row): string[] {
  const { work, figure, p99, unit, goals = [] } = row;
  const second = p99 === undefined ? '' : withUnit(p99, unit);
  return [work, withUnit(figure, unit), second, goals.map(describeGoal).join('; ')];
}

const HEAD = ['work', 'p50', 'p99', 'goal'];

export function asText(rows: readonly Row[], machine: Machine): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const shown = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return `\n${shown.join('\n')}\n\n${sentence(machine)}\n`;
}

/** @param day such as 2026-11-24. */
export function writeDocs(rows: readonly Row[], machine: Machine, day: string): void {
  const path = packageFile('docs', 'performance.md');
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to < from) throw new Error(`${path} has no part between ${BEGIN.trim()} and ${END}`);
  const table = [HEAD, HEAD.map(() => '---'), ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`);
  const part = `${BEGIN}\n${table.join('\n')}\n\nMeasured on ${day}. ${sentence(machine)}\n\n`;
  writeFileSync(path, text.slice(0, from) + part + text.slice(to));
}

function sentence({ node, cores, processor, loadBefore, loadAfter }: Machine): string {
  const load = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(' ');
  return `Node.js ${node}, ${cores} cores (${processor}), load ${load(loadBefore)} before and ${load(loadAfter)} after.`;
}
