// The report of `cwii preview -o explain`: a summary, and one line for each workload, problems first.

import { escapeControls } from '../../../lib/common/control-characters.ts';
import { CwiiError } from '../../../lib/common/errors.ts';
import type { AdmittedPod } from '../admission.ts';
import { renderSources } from '../render-sources.ts';
import { style } from '../style.ts';
import { type Outcome, outcomeOf, sourceName } from './outcome.ts';
import type { Workload } from './workloads.ts';

export interface ExplainOptions {
  readonly onlyProblems: boolean;
  /** `[namespace/]name` of a pod or workload, which is shown with all values. */
  readonly pod: string | undefined;
  /** Why pods of a namespace are not sent to the webhook; undefined if they are, or if it is unknown. */
  readonly notSent: (namespace: string) => string | undefined;
}

interface Explained {
  readonly workload: Workload;
  readonly outcome: Outcome;
}

const marks = { problem: '✗', warning: '!', identity: '✓', nothing: '–' } as const;
const colours = { problem: 'red', warning: 'yellow', identity: 'green', nothing: 'dim' } as const;
const order: readonly Outcome['kind'][] = ['problem', 'warning', 'identity', 'nothing'];

/** @throws {CwiiError} `nothing-to-preview` if no pod or workload has the name of `pod`. */
export function explain(workloads: readonly Workload[], options: ExplainOptions): string {
  const all = workloads.map((workload) => ({
    workload,
    outcome: outcomeOf(workload, options.notSent(workload.namespace)),
  }));
  const chosen = all.filter(({ workload }) => options.pod === undefined || isCalled(workload, options.pod));
  if (chosen.length === 0 && options.pod !== undefined)
    throw new CwiiError(
      'nothing-to-preview',
      `no pod and no workload is called ${options.pod}; name one as NAMESPACE/NAME`,
    );
  const shown = chosen
    .filter(({ outcome }) => !options.onlyProblems || outcome.kind === 'problem' || outcome.kind === 'warning')
    .sort((one, other) => rankOf(one) - rankOf(other) || compare(one.workload, other.workload));
  const withDetails = options.pod !== undefined || all.length === 1;
  const widths = {
    namespace: Math.max(0, ...chosen.map(({ workload }) => workload.namespace.length)),
    name: Math.max(0, ...chosen.map(({ workload }) => nameOf(workload).length)),
  };
  return [
    ...(all.length > 1 && options.pod === undefined ? [`${summaryOf(all)}\n`] : []),
    ...shown.map((explained) => describe(explained, widths, withDetails)),
    ...(shown.length === 0 ? ['no workload has a problem\n'] : []),
  ].join('');
}

function rankOf({ outcome }: Explained): number {
  return order.indexOf(outcome.kind);
}

function compare(one: Workload, other: Workload): number {
  const [a, b] = [one, other].map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`);
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

function isCalled({ namespace, name, next, running }: Workload, text: string): boolean {
  const names = [name, ...[next, ...running].map(({ before }) => before.metadata.name)];
  return names.some((candidate) => candidate === text || `${namespace}/${candidate}` === text);
}

/** Such as `400 workloads, 1200 running pods: 199 get an identity, 160 ask for nothing, …`. */
function summaryOf(all: readonly Explained[]): string {
  const running = all.reduce((sum, { workload }) => sum + workload.running.length, 0);
  const count = (...kinds: Outcome['kind'][]) => all.filter(({ outcome }) => kinds.includes(outcome.kind)).length;
  const identities = all.filter(
    ({ workload: { next }, outcome }) =>
      outcome.kind !== 'problem' && next.verdict.kind === 'admitted' && next.verdict.injected.length > 0,
  ).length;
  const byCode = Map.groupBy(
    all.flatMap(({ outcome }) => [...new Set(outcome.codes)]),
    (code) => code,
  );
  const codes = [...byCode]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([code, { length }]) => `${length} ${code}`);
  const parts = [
    numbered(identities, 'gets an identity', 'get an identity'),
    numbered(count('nothing'), 'asks for nothing', 'ask for nothing'),
    numbered(count('problem'), 'has a problem', 'have a problem'),
    numbered(count('warning'), 'has a warning', 'have a warning'),
  ].filter((part) => !part.startsWith('0 '));
  const pods = running > 0 ? `, ${numbered(running, 'running pod', 'running pods')}` : '';
  const objects = `${all.length} workloads${pods}`;
  return `${objects}: ${parts.join(', ')}${codes.length > 0 ? ` (${codes.join(', ')})` : ''}`;
}

function numbered(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function describe(
  { workload, outcome }: Explained,
  widths: { readonly namespace: number; readonly name: number },
  withDetails: boolean,
): string {
  const { kind, text, problems, running } = outcome;
  const place = `${workload.namespace.padEnd(widths.namespace)} ${nameOf(workload).padEnd(widths.name)}`;
  const [problem, ...others] = problems;
  const isShort = kind === 'problem' && problem !== undefined;
  const asked = `asked: ${askedOf(workload.next).join(', ')}`;
  const heading = isShort ? `${text}: ${problem}` : kind === 'nothing' && !withDetails ? `${text} (${asked})` : text;
  const lines = [
    `${marks[kind]} ${place}  ${heading}${running?.isStale === false ? ` (${running.text})` : ''}`,
    ...(isShort ? others : problems).map((line) => `     ${line}`),
    ...(kind === 'problem' || kind === 'warning' || withDetails ? [`     ${asked}`] : []),
    ...(running?.isStale ? [`     running: ${running.text}`] : []),
  ].map(escapeControls);
  const [first = '', ...rest] = lines;
  const details = withDetails ? renderSources(workload.next) : '';
  return `${[style(colours[kind], first), ...rest].join('\n')}\n${details}`;
}

function nameOf({ kind, name }: Workload): string {
  return `${kind} ${name}`;
}

/** The objects that were consulted, from the pod to the namespace, and those that the files do not have. */
function askedOf({ scopes, missing, workload }: AdmittedPod): string[] {
  return [
    ...scopes.map((scope) => sourceName(scope, workload !== undefined)),
    ...missing.map((object) => `${object} (not in the files)`),
  ];
}
