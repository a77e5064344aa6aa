// The inputs of a provider's plan: annotations, pod facts and settings.

import { resolve } from '../../lib/annotations/resolve.ts';
import type { Scope, ScopeKind } from '../../lib/annotations/scopes.ts';
import type { ProviderPlan } from '../../lib/injection/plan.ts';
import type { PlanInput, PodFacts, Provider, ProviderOutcome } from '../../lib/providers/provider.ts';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';

export type Annotations = Readonly<Record<string, string>>;

const objects: Readonly<Record<ScopeKind, string>> = {
  pod: 'Pod shop/web',
  owner: 'Deployment shop/web',
  serviceaccount: 'ServiceAccount shop/web',
  namespace: 'Namespace shop',
};

export function scopeOf(kind: ScopeKind, annotations: Annotations): Scope {
  return { kind, object: objects[kind], annotations };
}

/** The facts of the pod shop/web, with changes. */
export function factsOf(change: Partial<PodFacts> = {}): PodFacts {
  return {
    object: objects.pod,
    namespace: 'shop',
    nameLength: 3,
    windows: false,
    hasServiceAccount: true,
    sharedUid: undefined,
    ...change,
  };
}

export interface Planning {
  readonly env?: Readonly<Record<string, string>>;
  readonly pod?: Partial<PodFacts>;
  readonly severity?: 'deny' | 'warn';
  readonly apiAudiences?: readonly string[];
}

/** The input with annotations on the pod and the settings in `env`. */
export function inputOf(
  annotations: Annotations,
  { env = {}, pod, severity = 'deny', apiAudiences = [] }: Planning = {},
): PlanInput {
  return {
    ...parseMutateSettings(env),
    resolution: resolve([scopeOf('pod', annotations)]),
    pod: factsOf(pod),
    apiAudiences,
    severityOfInvalid: () => severity,
  };
}

export function outcomeOf(provider: Provider, annotations: Annotations, planning?: Planning): ProviderOutcome {
  return provider.plan(inputOf(annotations, planning));
}

/** The plan of a provider. Throws if it makes none. */
export function planBy(provider: Provider, annotations: Annotations, planning?: Planning): ProviderPlan {
  const outcome = outcomeOf(provider, annotations, planning);
  if (outcome.kind !== 'inject') throw new Error(`${provider.id} answers with ${JSON.stringify(outcome)}`);
  return outcome.plan;
}
