// The story of one admission: skip, read the scopes, resolve, let each provider plan, merge, inject.

import type { Finding } from '../annotations/findings.ts';
import { type Explicit, type Resolution, resolve } from '../annotations/resolve.ts';
import { podScope, readScopes, type ScopedPod, type ScopesRead } from '../annotations/scopes.ts';
import type { ClusterReader, ObjectKind } from '../cluster/reader.ts';
import type { Deadline } from '../deadline.ts';
import { inject, type PatchOperation } from '../injection/inject.ts';
import { merge } from '../injection/merge.ts';
import type { PlanInput, ProviderId, ProviderSettings } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import { podFacts, scopedPod } from './pod-facts.ts';
import { type AdmissionRequest, type PodView, parsePod } from './review.ts';
import { type SkipReason, skipPod, skipRequest } from './skip.ts';

/** How pods are mutated, by the cluster owner's word. */
export interface MutateSettings {
  readonly providers: Readonly<Record<ProviderId, ProviderSettings>>;
  readonly ownerKinds: readonly ObjectKind[];
  /** Seconds. */
  readonly tokenExpiration: number;
  readonly mountRoot: string;
  /** For all scopes; undefined: by the scope at fault. */
  readonly onInvalid: 'deny' | 'warn' | undefined;
}

export interface MutateContext {
  readonly settings: MutateSettings;
  /** Absent where the function has no way into the cluster: then only the pod's own annotations count. */
  readonly reader: ClusterReader | undefined;
  readonly deadline: Deadline;
}

/** What was decided for one request. Nothing of it is written anywhere: the answer is its only effect. */
export type Verdict =
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | ({ readonly kind: 'admitted'; readonly patch: readonly PatchOperation[] } & Decision)
  | ({ readonly kind: 'denied' } & Decision);

export interface Decision {
  readonly pod: ScopedPod;
  /** The providers whose identity is on the pod. */
  readonly injected: readonly string[];
  readonly findings: readonly Finding[];
  readonly resolution: Resolution;
  /** HTTP requests made to the cluster. */
  readonly reads: number;
}

/**
 * Decides one admission request.
 *
 * @throws {ReviewError} when the request is not of the form that the API server sends.
 * @throws {ClusterReadError} when an object that counts cannot be read before the deadline.
 */
export async function mutate(request: AdmissionRequest, context: MutateContext): Promise<Verdict> {
  const notOurs = skipRequest(request);
  if (notOurs) return { kind: 'skipped', reason: notOurs };
  const view = parsePod(request.object);
  const leftAlone = skipPod(view);
  if (leftAlone) return { kind: 'skipped', reason: leftAlone };

  const pod = scopedPod(request, view);
  const decide = (read: ScopesRead, reads = read.attempts) =>
    decidePod(request.object, view, pod, read, reads, context.settings);
  if (!context.reader || optsOut(pod)) return decide(podAlone(pod));

  const options = { deadline: context.deadline, ownerKinds: context.settings.ownerKinds };
  const read = await readScopes(pod, context.reader, { ...options, fresh: false });
  const verdict = decide(read);
  // What is cached may give an identity, never withhold one: a pod admitted without its identity stays without it.
  if (!read.cached || (verdict.kind === 'admitted' && verdict.injected.length > 0)) return verdict;
  const fresh = await readScopes(pod, context.reader, { ...options, fresh: true });
  return decide(fresh, read.attempts + fresh.attempts);
}

function decidePod(
  raw: unknown,
  view: PodView,
  pod: ScopedPod,
  read: ScopesRead,
  reads: number,
  settings: MutateSettings,
): Verdict {
  const resolution = resolve(read.scopes);
  const facts = podFacts(view, podScope(pod).object);
  const outcomes = providers.map((provider) =>
    provider.plan({ ...planSettings(settings, provider.id), resolution, pod: facts }),
  );
  const plans = outcomes.flatMap((outcome) => (outcome.kind === 'inject' ? [outcome.plan] : []));
  const merged = merge(view, facts.object, plans);

  const findings = [
    ...read.findings,
    ...resolution.findings,
    ...outcomes.flatMap((outcome) => outcome.findings),
    ...merged.findings,
  ];
  const decision = { pod, findings, resolution, reads };
  if (findings.some(({ severity }) => severity === 'deny')) return { kind: 'denied', injected: [], ...decision };
  return { kind: 'admitted', patch: inject(raw, merged.plan), injected: merged.injected, ...decision };
}

function planSettings(settings: MutateSettings, id: ProviderId): Omit<PlanInput, 'resolution' | 'pod'> {
  return {
    settings: settings.providers[id],
    tokenExpiration: settings.tokenExpiration,
    mountRoot: settings.mountRoot,
    severityOfInvalid: (at: Explicit<unknown>) =>
      settings.onInvalid ?? (at.source.kind === 'pod' || at.source.kind === 'owner' ? 'deny' : 'warn'),
  };
}

function podAlone(pod: ScopedPod): ScopesRead {
  return { scopes: [podScope(pod)], findings: [], attempts: 0, cached: false };
}

/** The pod itself says no to every provider: no wider scope can change that, so the cluster is not asked. */
function optsOut(pod: ScopedPod): boolean {
  const own = resolve([podScope(pod)]);
  return providers.every(({ id }) => own.get(`cwii.dev/${id}-inject`)?.value === false);
}
