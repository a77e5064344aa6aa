// The report of `cwii audit` for people and for spreadsheets: a table, and comma-separated values.

import { escapeControls } from '../../lib/common/control-characters.ts';
import { style } from '../preview/style.ts';
import { type AuditReport, podCount, type ReportedWorkload } from './report.ts';
import { type State, states } from './states.ts';

const marks: Readonly<Record<State, string>> = {
  lacking: '✗',
  broken: '✗',
  stale: '!',
  'in-vain': '✗',
  own: '○',
  ok: '✓',
  'opted-out': '–',
  'not-asking': '–',
};
const colours = {
  lacking: 'red',
  broken: 'red',
  stale: 'yellow',
  'in-vain': 'red',
  own: 'cyan',
  ok: 'green',
  'opted-out': 'dim',
  'not-asking': 'dim',
} as const;

/** @param shown the states whose workloads have a line; the summary counts all. */
export function renderTable(report: AuditReport, shown: readonly State[]): string {
  const rows = report.workloads.filter(({ state }) => shown.includes(state));
  const cells = rows.map((row) => [row.namespace, `${row.kind} ${row.name}`, podsOf(row), identityOf(row)]);
  const head = ['NAMESPACE', 'WORKLOAD', 'PODS', 'IDENTITY'];
  const widths = head.map((title, column) =>
    Math.min(MAX_WIDTH, Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, at) => escapeControls(cell).padEnd(widths[at] ?? 0)).join('  ');
  const stateWidth = Math.max(...states.map((state) => state.length));
  const lines = rows.flatMap((row, index) => [
    style(
      colours[row.state],
      `${marks[row.state]} ${row.state.padEnd(stateWidth)}  ${line(cells[index] ?? [])}`.trimEnd(),
    ),
    ...reasonLines(row),
  ]);
  const unused = report.unusedServiceAccounts.map(
    ({ object, cloud, value }) =>
      `! ${object} asks for ${cloud} ${value}, but no workload runs as it: set serviceAccountName, or move the annotation`,
  );
  return [
    ...(rows.length > 0
      ? [style('dim', `  ${'STATE'.padEnd(stateWidth)}  ${line(head)}`.trimEnd()), ...lines, '']
      : []),
    ...(unused.length > 0 ? [...unused.map(escapeControls), ''] : []),
    summaryOf(report),
  ]
    .map((text) => `${text}\n`)
    .join('');
}

const MAX_WIDTH = 60;

function reasonLines({ state, reasons, restart, pods }: ReportedWorkload): string[] {
  if (state === 'not-asking' || state === 'ok') return [];
  const old = [...new Set(pods.flatMap(({ oldReplicaSet }) => oldReplicaSet ?? []))];
  const lines = reasons.flatMap(({ code, cause, remedy }) => [
    `${cause} [${code}]`,
    ...(remedy !== '' && remedy !== restart ? [`→ ${remedy}`] : []),
  ]);
  return [
    ...lines,
    ...(old.length > 0 ? [`pods of the old ReplicaSet ${old.join(', ')} still run`] : []),
    ...(restart === undefined ? [] : [`→ ${restart}`]),
  ].map((text) => `    ${escapeControls(text)}`);
}

/** Such as `1/3`: the pods that are in order, of all. */
export function podsOf({ pods }: ReportedWorkload): string {
  const good = podCount(pods.filter(({ state }) => ['ok', 'own', 'not-asking', 'opted-out'].includes(state)));
  return `${good}/${podCount(pods)}`;
}

/** The identities in short, without accounts and paths. */
export function identityOf({ identities, asks }: ReportedWorkload): string {
  const given = identities.map(({ cloud, name }) => `${cloud} ${shortName(name)}`);
  const others = asks
    .filter(({ cloud }) => !identities.some((identity) => identity.cloud === cloud))
    .map(({ cloud, value }) => `${cloud} ${shortName(value)}`);
  return [...new Set([...given, ...others])].join(', ') || '–';
}

export function shortName(name: string): string {
  return name === 'true' ? 'itself' : name.replace(/^arn:.*\//, '');
}

/** Such as `400 workloads, 1200 pods: 199 ok, 40 in-vain, 161 not-asking`. */
export function summaryOf({ summary }: AuditReport): string {
  const counts = states
    .filter((state) => summary.states[state] > 0)
    .map((state) => `${summary.states[state]} ${state}`);
  const plural = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  if (counts.length === 0) return 'no workloads';
  return `${plural(summary.workloads, 'workload')}, ${plural(summary.pods, 'pod')}: ${counts.join(', ')}`;
}

export function renderCsv({ workloads }: AuditReport): string {
  const head = [
    'state',
    'namespace',
    'kind',
    'name',
    'pods',
    'service account',
    'identities',
    'accounts',
    'codes',
    'causes',
    'restart',
  ];
  const rows = workloads.map((row) => [
    row.state,
    row.namespace,
    row.kind,
    row.name,
    String(podCount(row.pods)),
    row.serviceAccount,
    row.identities.map(({ cloud, name }) => `${cloud} ${name}`).join('; '),
    [...new Set(row.identities.flatMap(({ account }) => account ?? []))].join('; '),
    row.reasons.map(({ code }) => code).join('; '),
    row.reasons.map(({ cause }) => cause).join('; '),
    row.restart ?? '',
  ]);
  return [head, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** RFC 4180. A spreadsheet would run a cell that begins like a formula, and manifests have any text. */
function csvCell(text: string): string {
  const safe = escapeControls(/^[=+\-@]/.test(text) ? `'${text}` : text);
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
