// The first phase of a decision: what do the annotations of these scopes mean here? Pure.

import type { Severity } from '../annotations/finding-codes.ts';
import type { Finding } from '../annotations/findings.ts';
import { type Explicit, type Resolution, resolve } from '../annotations/resolve.ts';
import type { Scope } from '../annotations/scope.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { Evaluated } from '../providers/provider.ts';
import { onlyClouds, type ProviderSet } from '../providers/provider-set.ts';
import type { MutateSettings } from '../settings/webhook-config.ts';

/** The pods that the scopes configure. */
export interface EvaluationTarget {
  readonly namespace: string;
  /** Undefined for all pods to come, if a ServiceAccount or namespace alone is evaluated. */
  readonly pod: Pod | undefined;
}

export interface Evaluation {
  readonly resolution: Resolution;
  readonly providers: ProviderSet['providers'];
  readonly evaluated: readonly Evaluated[];
  readonly findings: readonly Finding[];
}

/**
 * Resolves the annotations and lets each provider evaluate them.
 *
 * @param scopes from the most specific to the widest.
 * @param apiAudiences further audiences of the API server, from the cluster's own tokens.
 * @param providers those that `selectProviders` finds for these scopes.
 */
export function evaluate(
  scopes: readonly Scope[],
  { namespace, pod }: EvaluationTarget,
  settings: MutateSettings,
  apiAudiences: readonly string[] = [],
  { providers, keys }: ProviderSet = onlyClouds,
): Evaluation {
  const resolution = resolve(scopes, settings.nativeAnnotations ? { podLabels: pod?.labels } : undefined, keys);
  const evaluated: Evaluated[] = [];
  const input = {
    resolution,
    namespace,
    pod,
    settings,
    apiAudiences: [...settings.apiAudiences, ...apiAudiences],
    severityOfInvalid: (at: Explicit<unknown>) => severityOfInvalid(at, settings),
    evaluated,
  };
  for (const provider of providers) evaluated.push({ provider, outcome: provider.evaluate(input) });
  return {
    resolution,
    providers,
    evaluated,
    findings: [...resolution.findings, ...evaluated.flatMap(({ outcome }) => outcome.findings)],
  };
}

/**
 * On the pod and its owner, an invalid value is probably new and its author sees the denial. On wider scopes
 * and in other products' annotations it may be old, and a denial would stop every restart.
 */
export function severityOfInvalid({ native, source }: Explicit<unknown>, { onInvalid }: MutateSettings): Severity {
  const ownScope = !native && (source.kind === 'pod' || source.kind === 'owner');
  return onInvalid ?? (ownScope ? 'deny' : 'warn');
}
