// Input for providers: annotations on a pod's scopes, a pod and a configuration.

import { resolve } from '../../lib/annotations/resolve.ts';
import type { Scope, ScopeKind } from '../../lib/annotations/scope.ts';
import { type Pod, readPod } from '../../lib/kubernetes/pod.ts';
import type { ProviderPlan } from '../../lib/providers/plan.ts';
import type { EvaluationInput, Provider, ProviderOutcome } from '../../lib/providers/provider.ts';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';
import { podOf } from './events.ts';

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

/** The pod shop/web with changes. */
export function samplePod(change: Partial<Pod> = {}): Pod {
  return { ...readPod(podOf(), 'shop'), ...change };
}

export interface EvaluationOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Changes to the sample pod; null if no pod is known, as for advice on a namespace. */
  readonly pod?: Partial<Pod> | null;
  readonly severity?: 'deny' | 'warn';
  readonly apiAudiences?: readonly string[];
}

/** The input for annotations on the pod itself. */
export function inputOf(
  annotations: Annotations,
  { env = {}, pod, severity = 'deny', apiAudiences = [] }: EvaluationOptions = {},
): EvaluationInput {
  return {
    resolution: resolve([scopeOf('pod', annotations)]),
    namespace: 'shop',
    pod: pod === null ? undefined : samplePod(pod),
    settings: parseMutateSettings(env),
    apiAudiences,
    severityOfInvalid: () => severity,
    evaluated: [],
  };
}

export function outcomeOf(provider: Provider, annotations: Annotations, options?: EvaluationOptions): ProviderOutcome {
  return provider.evaluate(inputOf(annotations, options));
}

/** The plan for the sample pod; an error if the provider makes none. */
export function planBy(provider: Provider, annotations: Annotations, options?: EvaluationOptions): ProviderPlan {
  const outcome = outcomeOf(provider, annotations, options);
  if (outcome.kind !== 'inject') throw new Error(`${provider.id} made no plan: ${JSON.stringify(outcome)}`);
  return outcome.planFor(samplePod(options?.pod ?? {}));
}
