// One pod's admission: read the scopes, evaluate their annotations, place the identities, make the patch.

import type { Finding } from '../annotations/findings.ts';
import { type Resolution, readBoolean } from '../annotations/resolve.ts';
import type { Scope } from '../annotations/scope.ts';
import type { ClusterReader } from '../cluster/reader.ts';
import type { Deadline } from '../common/deadline.ts';
import { inject, type PatchOperation } from '../injection/inject.ts';
import { type Pod, podOfRequest } from '../kubernetes/pod.ts';
import type { AdmissionRequest } from '../kubernetes/review.ts';
import { namesService, type ProviderSet, selectProviders } from '../providers/provider-set.ts';
import { providers } from '../providers/registry.ts';
import type { MutateSettings } from '../settings/webhook-config.ts';
import { evaluate } from './evaluate.ts';
import { place } from './place.ts';
import { podAlone, readScopes, type ScopesRead } from './read-scopes.ts';

export interface AdmissionContext {
  readonly settings: MutateSettings;
  /** Undefined if the function has no access to the cluster: then only the pod's own annotations count. */
  readonly reader: ClusterReader | undefined;
  readonly deadline: Deadline;
}

interface DecisionBase {
  readonly pod: Pod;
  /** The providers whose identity is on the pod, sorted. */
  readonly injected: readonly string[];
  readonly findings: readonly Finding[];
  readonly resolution: Resolution;
  readonly providers: ProviderSet['providers'];
  /** The scopes that were consulted, from the pod to the namespace. */
  readonly scopes: readonly Scope[];
  /** HTTP requests made to the cluster. */
  readonly reads: number;
  /** The pod is denied, gets no identity at all, or lacks one that was requested. */
  readonly mayWithhold: boolean;
}

/** The decision on one pod. The answer is its only effect: nothing is stored. */
export type Decision =
  | ({ readonly kind: 'admitted'; readonly patch: readonly PatchOperation[] } & DecisionBase)
  | ({ readonly kind: 'denied' } & DecisionBase);

/**
 * Decides on the creation of a pod.
 *
 * @throws {ReviewError} if the request does not have the form that the API server sends.
 * @throws {ClusterReadError} if an object that counts cannot be read before the deadline.
 */
export async function mutate(request: AdmissionRequest, context: AdmissionContext): Promise<Decision> {
  const { reader, settings, deadline } = context;
  const pod = podOfRequest(request);
  if (!reader || optsOut(pod)) return await decide(pod, podAlone(pod), context);

  const { ownerKinds } = settings;
  const cached = await readScopes(pod, reader, { deadline, ownerKinds, fresh: false });
  const decision = await decide(pod, cached, context);
  // A cached object may give an identity but never withhold one: a pod that is admitted without its identity
  // keeps running without it.
  if (!cached.cached || !decision.mayWithhold) return decision;
  const fresh = await readScopes(pod, reader, { deadline, ownerKinds, fresh: true });
  return await decide(pod, { ...fresh, attempts: cached.attempts + fresh.attempts }, context);
}

async function decide(
  pod: Pod,
  read: ScopesRead,
  { settings, reader }: Pick<AdmissionContext, 'settings' | 'reader'>,
): Promise<Decision> {
  const set = await selectProviders(read.scopes, pod, settings);
  const evaluation = evaluate(read.scopes, { namespace: pod.namespace, pod }, settings, reader?.apiAudiences, set);
  const { plan, injected, findings, mayWithhold } = place(pod, evaluation, settings);
  const decision = {
    pod,
    injected,
    findings: [...read.findings, ...findings],
    resolution: evaluation.resolution,
    providers: evaluation.providers,
    scopes: read.scopes,
    reads: read.attempts,
    mayWithhold,
  };
  return plan ? { kind: 'admitted', patch: inject(pod.raw, plan), ...decision } : { kind: 'denied', ...decision };
}

/**
 * Whether the pod itself suppresses every cloud and names no service. Then it opts out of everything, and the
 * cluster is not read.
 */
function optsOut({ annotations }: Pod): boolean {
  if (namesService(annotations)) return false;
  return providers.every(({ id }) => readBoolean(annotations[`cwii.dev/${id}-inject`] ?? '') === false);
}
