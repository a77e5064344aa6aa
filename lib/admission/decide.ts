// From the scopes of a pod to what becomes of it: resolve, let each provider plan, merge, inject. Pure.

import { chooseContainers, findUnknownContainers } from '../annotations/container-choice.ts';
import type { Finding } from '../annotations/findings.ts';
import { type Resolution, resolve } from '../annotations/resolve.ts';
import { podScope, type ScopedPod, type ScopesRead } from '../annotations/scopes.ts';
import { inject, type PatchOperation } from '../injection/inject.ts';
import { merge } from '../injection/merge.ts';
import type { ObjectKind } from '../kubernetes/objects.ts';
import { podFacts } from '../kubernetes/pod-facts.ts';
import type { PodView } from '../kubernetes/review.ts';
import type { PlanInput, ProviderSettings } from '../providers/provider.ts';
import { providers } from '../providers/registry.ts';
import type { GuardRails } from '../settings/guard-rails.ts';

/** How pods are mutated, by the cluster owner's word. */
export interface MutateSettings {
  readonly providers: ProviderSettings;
  readonly ownerKinds: readonly ObjectKind[];
  /** Seconds. */
  readonly tokenExpiration: number;
  readonly mountRoot: string;
  /** For all scopes; undefined: by the scope at fault. */
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly allowed: GuardRails;
  /** Audiences of the API server itself, as far as they are configured. */
  readonly apiAudiences: readonly string[];
  /** Honour other products' annotations too. */
  readonly nativeAnnotations: boolean;
  /** State on every pod what is injected, also where that is nothing. */
  readonly markPods: boolean;
}

export interface Decision {
  readonly pod: ScopedPod;
  /** The providers whose identity is on the pod, sorted. */
  readonly injected: readonly string[];
  readonly findings: readonly Finding[];
  readonly resolution: Resolution;
  /** HTTP requests made to the cluster. */
  readonly reads: number;
  /** The pod is refused, gets no identity at all, or lacks one that was asked for. */
  readonly withholds: boolean;
}

export type Decided =
  | ({ readonly kind: 'admitted'; readonly patch: readonly PatchOperation[] } & Decision)
  | ({ readonly kind: 'denied' } & Decision);

export interface DecideInput {
  /** The pod as the API server sent it, which the patch is made for. */
  readonly raw: unknown;
  readonly view: PodView;
  readonly pod: ScopedPod;
  readonly read: ScopesRead;
  readonly reads: number;
  /** Further audiences of the API server itself, which the cluster's own tokens show. */
  readonly apiAudiences?: readonly string[] | undefined;
}

export function decide(
  { raw, view, pod, read, reads, apiAudiences = [] }: DecideInput,
  settings: MutateSettings,
): Decided {
  const resolution = resolve(read.scopes, settings.nativeAnnotations ? { podLabels: pod.labels } : undefined);
  const facts = podFacts(view, podScope(pod).object, pod.namespace);
  const input: PlanInput = {
    ...settings,
    resolution,
    pod: facts,
    apiAudiences: [...settings.apiAudiences, ...apiAudiences],
    severityOfInvalid: severityIn(settings),
  };
  const outcomes = providers.map((provider) => provider.plan(input));
  const targets = outcomes.flatMap((outcome) =>
    outcome.kind === 'inject'
      ? [{ plan: outcome.plan, choice: chooseContainers(resolution, outcome.plan.provider) }]
      : [],
  );
  const merged = merge(view, facts.object, targets, { mark: settings.markPods });

  const findings = [
    ...read.findings,
    ...resolution.findings,
    ...outcomes.flatMap((outcome) => outcome.findings),
    ...findUnknownContainers(
      targets.map(({ choice }) => choice),
      containerNames(view),
    ),
    ...merged.findings,
  ];
  const decision = { pod, findings, resolution, reads };
  if (findings.some(({ severity }) => severity === 'deny')) {
    return { kind: 'denied', injected: [], withholds: true, ...decision };
  }
  const { injected } = merged;
  const withholds = injected.length === 0 || outcomes.some(({ kind }) => kind === 'skip');
  return { kind: 'admitted', patch: inject(raw, merged.plan), injected, withholds, ...decision };
}

function containerNames({ spec }: PodView): Set<string> {
  return new Set([...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ name }) => name));
}

/** On the pod and its owner a mistake is the author's own; on wider scopes and in other products' keys it may be old. */
function severityIn({ onInvalid }: MutateSettings): PlanInput['severityOfInvalid'] {
  return ({ native, source }) => {
    const own = !native && (source.kind === 'pod' || source.kind === 'owner');
    return onInvalid ?? (own ? 'deny' : 'warn');
  };
}
