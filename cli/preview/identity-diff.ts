// Compares the identities of two sets of manifests: what a pull request changes.

import { z } from 'zod';
import { escapeControls } from '../../lib/common/control-characters.ts';
import type { AuditReport, ReportedWorkload } from '../audit/report.ts';
import { workloadName } from '../audit/report.ts';
import { style } from './style.ts';

const values = z.record(z.string(), z.string());

const changeSchema = z.strictObject({
  change: z.enum(['added', 'removed', 'changed']),
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  container: z.string(),
  cloud: z.string(),
  before: values.optional().meta({ description: 'The values by name; absent for an identity that is added.' }),
  after: values.optional().meta({ description: 'Absent for an identity that is removed.' }),
});

/** The form of `-o json` with `--against`. Fields are added, but none is removed or changes its meaning. */
export const identityDiffSchema = z
  .strictObject({ changes: z.array(changeSchema) })
  .meta({ title: 'The identity changes of cwii preview --against' });

export type IdentityDiff = z.output<typeof identityDiffSchema>;
export type IdentityChange = IdentityDiff['changes'][number];

interface Identity extends Omit<IdentityChange, 'change' | 'before' | 'after'> {
  readonly values: Readonly<Record<string, string>>;
}

/** The changes by workload, container and cloud. Workloads without an identity in both are left out. */
export function identityDiff(before: AuditReport, after: AuditReport): IdentityDiff {
  const [old, now] = [identitiesOf(before), identitiesOf(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return { changes: keys.flatMap((key) => changeOf(old.get(key), now.get(key))) };
}

function changeOf(old: Identity | undefined, now: Identity | undefined): IdentityChange[] {
  const { values: _, ...place } = now ?? old ?? ({} as Identity);
  if (!old) return now ? [{ change: 'added', ...place, after: { ...now.values } }] : [];
  if (!now) return [{ change: 'removed', ...place, before: { ...old.values } }];
  const isSame = differingNames(old.values, now.values).length === 0;
  return isSame ? [] : [{ change: 'changed', ...place, before: { ...old.values }, after: { ...now.values } }];
}

function identitiesOf({ workloads }: AuditReport): Map<string, Identity> {
  const entries = workloads.flatMap((workload: ReportedWorkload) =>
    workload.identities.flatMap(({ cloud, containers, values: own }) =>
      containers.map((container): [string, Identity] => {
        const { namespace, kind, name } = workload;
        const key = [workloadName(workload), container, cloud].join('/');
        return [key, { namespace, kind, name, container, cloud, values: own }];
      }),
    ),
  );
  return new Map(entries);
}

/** The names of the values that differ. */
function differingNames(old: IdentityChange['before'] = {}, now: IdentityChange['after'] = {}): string[] {
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names].filter((name) => old[name] !== now[name]);
}

/** One line: the values of an identity, or those that differ. */
export function describeChange({ change, cloud, container, before = {}, after = {} }: IdentityChange): string {
  const shown =
    change === 'changed'
      ? differingNames(before, after).map(
          (name) => `${name} ${before[name] ?? 'not set'} → ${after[name] ?? 'not set'}`,
        )
      : Object.entries(change === 'added' ? after : before).map(([name, value]) => `${name} ${value}`);
  return `${cloud} in ${container}: ${shown.join(', ')}`;
}

const marks = { added: '+', removed: '-', changed: '~' } as const;
const colours = { added: 'green', removed: 'red', changed: 'yellow' } as const;

export function renderIdentityDiff({ changes }: IdentityDiff): string {
  const lines = changes.map((change) => {
    const { change: kind, namespace, kind: workload, name } = change;
    return style(
      colours[kind],
      escapeControls(`${marks[kind]} ${namespace} ${workload} ${name}  ${describeChange(change)}`),
    );
  });
  const count = (kind: IdentityChange['change']) => changes.filter(({ change }) => change === kind).length;
  const summary =
    changes.length === 0
      ? 'no identity changes'
      : `${count('added')} added, ${count('removed')} removed, ${count('changed')} changed`;
  return [...lines, ...(lines.length > 0 ? [''] : []), summary].map((line) => `${line}\n`).join('');
}
