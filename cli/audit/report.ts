// The report of `cwii audit`: its JSON form and schema, and how it is made of the audited workloads.

import { z } from 'zod';
import { restartCommand } from '../../lib/kubernetes/owner-kinds.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import type { AuditedWorkload } from './collector.ts';
import { type ContainerIdentity, principalOf } from './identities.ts';
import { principalsOf, unusedServiceAccounts } from './principals.ts';
import { curedByRestart } from './reason-codes.ts';
import { restartableStates, type State, states, worstOf } from './states.ts';

const stateSchema = z.enum(states as [State, ...State[]]);

const reasonSchema = z.strictObject({
  code: z.string().meta({ description: 'A stable code; `cwii explain CODE` documents it.' }),
  cause: z.string().meta({ description: 'One line, with the values that differ.' }),
  remedy: z.string().meta({ description: 'What to do, with the command where there is one.' }),
});

const identitySchema = z.strictObject({
  cloud: z.string(),
  name: z.string().meta({ description: 'A role, a client ID or a service account.' }),
  account: z.string().optional().meta({ description: 'An AWS account, a tenant or a project.' }),
  containers: z.array(z.string()),
  values: z
    .record(z.string(), z.string())
    .meta({ description: 'The values by name, such as `role`, `audience` and `lifetime`.' }),
});

const podsSchema = z.strictObject({
  state: stateSchema,
  names: z.array(z.string()),
  serviceAccount: z.string(),
  oldReplicaSet: z.string().optional().meta({ description: 'Their ReplicaSet, if the Deployment has a newer one.' }),
  identities: z.array(identitySchema).meta({ description: 'What the pods have.' }),
  reasons: z.array(reasonSchema),
});

const workloadSchema = z.strictObject({
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  state: stateSchema.meta({ description: 'The worst state of its pods and of a new pod.' }),
  serviceAccount: z.string(),
  asks: z
    .array(z.strictObject({ cloud: z.string(), value: z.string() }))
    .meta({ description: 'The clouds that annotations ask for, with the value that asks.' }),
  identities: z.array(identitySchema).meta({ description: 'What a new pod gets.' }),
  reasons: z.array(reasonSchema).meta({ description: 'The reasons for the state, without repetitions.' }),
  values: z
    .array(z.strictObject({ key: z.string(), value: z.string(), scope: z.string(), object: z.string() }))
    .meta({ description: 'The annotations that count, each with the object that sets it.' }),
  chain: z
    .array(z.strictObject({ scope: z.string(), object: z.string() }))
    .meta({ description: 'The objects that were consulted, from the pod to the namespace.' }),
  missing: z.array(z.string()).meta({ description: 'Objects that were not found.' }),
  findings: z.array(reasonSchema.extend({ severity: z.enum(['warn', 'deny']) })),
  pods: z.array(podsSchema).meta({ description: 'The running pods; those that are alike are one entry.' }),
  restart: z.string().optional().meta({ description: 'The command that gives the pods what they lack.' }),
});

const principalSchema = z.strictObject({
  cloud: z.string(),
  name: z.string(),
  account: z.string().optional(),
  serviceAccounts: z.array(z.string()).meta({ description: 'The ServiceAccounts whose tokens are used.' }),
  workloads: z.array(z.string()).meta({ description: 'Workloads whose new or running pods have it.' }),
  sameServiceAccount: z
    .array(z.string())
    .meta({ description: 'Further workloads with these ServiceAccounts: the cloud cannot tell them apart.' }),
});

/** The form of `-o json`. Fields are added, but none is removed or changes its meaning. */
export const auditSchema = z
  .strictObject({
    source: z.string().meta({ description: 'The context and server, or the files.' }),
    summary: z.strictObject({
      workloads: z.int(),
      pods: z.int(),
      states: z.record(stateSchema, z.int()).meta({ description: 'Workloads by state.' }),
    }),
    workloads: z.array(workloadSchema),
    identities: z.array(principalSchema).meta({ description: 'Who can become which identity.' }),
    unusedServiceAccounts: z
      .array(z.strictObject({ object: z.string(), cloud: z.string(), value: z.string() }))
      .meta({ description: 'ServiceAccounts that ask for an identity, but that no workload runs as.' }),
    unread: z.array(z.string()).meta({ description: 'What the audit did not read, and so does not know.' }),
  })
  .meta({ title: 'The report of cwii audit' });

export type AuditReport = z.output<typeof auditSchema>;
export type ReportedWorkload = AuditReport['workloads'][number];
export type ReportedIdentity = z.output<typeof identitySchema>;
export type ReportedPrincipal = AuditReport['identities'][number];

interface ReportSources {
  /** With the ServiceAccounts of the cluster. */
  readonly objects: ClusterObjects;
  readonly settings: MutateSettings;
  readonly source: string;
  readonly unread: readonly string[];
}

export async function reportOf(
  audited: readonly AuditedWorkload[],
  { objects, settings, source, unread }: ReportSources,
): Promise<AuditReport> {
  const workloads = audited.map(workloadOf).sort(compare);
  const count = (state: State) => workloads.filter((workload) => workload.state === state).length;
  return {
    source,
    summary: {
      workloads: workloads.length,
      pods: workloads.reduce((sum, { pods }) => sum + podCount(pods), 0),
      states: Object.fromEntries(states.map((state) => [state, count(state)])) as Record<State, number>,
    },
    workloads,
    identities: principalsOf(workloads),
    unusedServiceAccounts: await unusedServiceAccounts(workloads, objects, settings),
    unread: [...unread],
  };
}

export function podCount(pods: readonly { readonly names: readonly string[] }[]): number {
  return pods.reduce((sum, { names }) => sum + names.length, 0);
}

/** The workload as users write it, such as `shop/Deployment/checkout`. */
export function workloadName({ namespace, kind, name }: Pick<ReportedWorkload, 'namespace' | 'kind' | 'name'>): string {
  return `${namespace}/${kind}/${name}`;
}

function workloadOf({ next, groups, requests, ...workload }: AuditedWorkload): ReportedWorkload {
  const { namespace, kind, name, serviceAccount } = workload;
  const parts = [...groups, ...(next ? [next] : [])];
  const state = worstOf(parts.map((part) => part.state));
  const reasons = distinct(parts.filter((part) => part.state === state).flatMap((part) => part.reasons));
  const subject = `${namespace}/${serviceAccount}`;
  const command = restartCommand(kind, namespace, name);
  // The rollout that has begun replaces the pods of an old ReplicaSet.
  const isCured = groups.some(
    ({ state: ofPods, reasons: all, oldReplicaSet }) =>
      oldReplicaSet === undefined &&
      restartableStates.includes(ofPods) &&
      all.every(({ code }) => curedByRestart.has(code)),
  );
  // New pods that are not sent, or denied, would lose what the old ones have.
  const isSafe = !next || next.state === 'ok' || next.state === 'not-asking' || next.state === 'opted-out';
  return {
    namespace,
    kind,
    name,
    state,
    serviceAccount,
    asks: [...requests.asks],
    identities: identitiesIn(next?.identities ?? groups[0]?.identities ?? [], subject),
    reasons,
    values: [...requests.values],
    chain: [...requests.chain],
    missing: [...requests.missing],
    findings: [...requests.findings],
    pods: groups.map((group) => ({
      state: group.state,
      names: group.names,
      serviceAccount: group.serviceAccount,
      ...(group.oldReplicaSet !== undefined && { oldReplicaSet: group.oldReplicaSet }),
      identities: identitiesIn(group.identities, `${namespace}/${group.serviceAccount}`),
      reasons: [...group.reasons],
    })),
    ...(isCured && isSafe && command !== undefined && { restart: command }),
  };
}

/** The containers with equal values as one identity. */
function identitiesIn(identities: readonly ContainerIdentity[], subject: string): ReportedIdentity[] {
  const equal = Map.groupBy(identities, ({ provider, values }) => JSON.stringify([provider, values]));
  return [...equal.values()].flatMap((members) => {
    const [first] = members;
    if (!first) return [];
    const { account, ...principal } = principalOf(first, subject);
    return [
      {
        ...principal,
        ...(account !== undefined && { account }),
        containers: members.map(({ container }) => container),
        values: { ...first.values },
      },
    ];
  });
}

function distinct<T extends { readonly code: string; readonly cause: string }>(reasons: readonly T[]): T[] {
  return [...new Map(reasons.map((reason) => [`${reason.code} ${reason.cause}`, reason])).values()];
}

function compare(one: ReportedWorkload, other: ReportedWorkload): number {
  const byState = states.indexOf(one.state) - states.indexOf(other.state);
  return byState || (workloadName(one) < workloadName(other) ? -1 : 1);
}
