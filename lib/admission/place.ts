// The second phase of a decision: put the identities on the pod, or deny the pod. Pure.

import { chooseContainers, findUnknownContainers } from '../annotations/container-choice.ts';
import type { Severity } from '../annotations/finding-codes.ts';
import type { Finding } from '../annotations/findings.ts';
import type { Resolution } from '../annotations/resolve.ts';
import { merge } from '../injection/merge.ts';
import type { InjectionPlan } from '../injection/plan.ts';
import type { Leftover } from '../injection/removal.ts';
import { containersIn, type Pod } from '../kubernetes/pod.ts';
import type { Provider } from '../providers/provider.ts';
import type { MutateSettings } from '../settings/webhook-config.ts';
import { type Evaluation, severityOfInvalid } from './evaluate.ts';

export interface Placement {
  /** The additions to the pod; undefined if the pod is denied. */
  readonly plan: InjectionPlan | undefined;
  /** The providers whose identity is on the pod, sorted; none if the pod is denied. */
  readonly injected: readonly string[];
  /** The findings of both phases. */
  readonly findings: readonly Finding[];
  /** The pod is denied, gets no identity at all, or lacks one that was requested. */
  readonly mayWithhold: boolean;
}

export function place(pod: Pod, evaluation: Evaluation, settings: MutateSettings): Placement {
  const { resolution, evaluated, findings } = evaluation;
  const targets = evaluated.flatMap(({ provider, outcome }) =>
    outcome.kind === 'inject'
      ? [
          {
            plan: outcome.planFor(pod),
            choice: chooseContainers(resolution, provider.id),
            severityOfObstacle: severityOfObstacle(provider, resolution, settings),
          },
        ]
      : [],
  );
  // Only a pod with a volume of a reserved name can have an identity from an earlier admission.
  const leftovers = pod.volumes.some(({ name }) => name.startsWith('cwii-')) ? leftoversOf(evaluation) : [];
  const merged = merge(pod, targets, { mark: settings.markPods, leftovers });
  const choices = targets.map(({ choice }) => choice);
  const all = [...findings, ...findUnknownContainers(choices, containerNames(pod)), ...merged.findings];
  if (all.some(({ severity }) => severity === 'deny')) {
    return { plan: undefined, injected: [], findings: all, mayWithhold: true };
  }
  const { plan, injected } = merged;
  const isLeft = merged.leftovers.length > 0;
  const mayWithhold = isLeft || injected.length === 0 || evaluated.some(({ outcome }) => outcome.kind === 'withheld');
  return { plan, injected, findings: all, mayWithhold };
}

/** A mount in the way of a token denies the pod if the pod or its owner requests the identity. */
function severityOfObstacle(
  { trigger, injectKey }: Provider,
  resolution: Resolution,
  settings: MutateSettings,
): Severity {
  const requests = [trigger, injectKey].map((key) => resolution.find(key));
  return requests.some((request) => request && severityOfInvalid(request, settings) === 'deny') ? 'deny' : 'warn';
}

function leftoversOf({ resolution, providers }: Evaluation): Leftover[] {
  return providers.map(({ id, injectKey, footprint, identityVariables }) => ({
    provider: id,
    footprint,
    identity: identityVariables,
    suppressed: resolution.find(injectKey)?.value === false,
  }));
}

function containerNames(pod: Pod): Set<string> {
  return new Set(containersIn(pod).map(({ name }) => name));
}
