// The story of one pod's admission: skip, read the scopes, decide, and look again before an identity is withheld.

import { readBoolean } from '../annotations/resolve.ts';
import { podScope, readScopes, type ScopedPod, type ScopesRead } from '../annotations/scopes.ts';
import type { ClusterReader } from '../cluster/reader.ts';
import type { Deadline } from '../common/deadline.ts';
import { scopedPod } from '../kubernetes/pod-facts.ts';
import { type AdmissionRequest, readPod } from '../kubernetes/review.ts';
import { providers } from '../providers/registry.ts';
import { type Decided, decide, type MutateSettings } from './decide.ts';
import { type SkipReason, skipPod, skipRequest } from './skip.ts';

export interface MutateContext {
  readonly settings: MutateSettings;
  /** Absent where the function has no way into the cluster: then only the pod's own annotations count. */
  readonly reader: ClusterReader | undefined;
  readonly deadline: Deadline;
}

/** What was decided for one request. Nothing of it is written anywhere: the answer is its only effect. */
export type Verdict = { readonly kind: 'skipped'; readonly reason: SkipReason } | Decided;

/**
 * Decides one admission request.
 *
 * @throws {ReviewError} when the request is not of the form that the API server sends.
 * @throws {ClusterReadError} when an object that counts cannot be read before the deadline.
 */
export async function mutate(request: AdmissionRequest, context: MutateContext): Promise<Verdict> {
  const notOurs = skipRequest(request);
  if (notOurs) return { kind: 'skipped', reason: notOurs };
  const view = await readPod(request.object);
  const leftAlone = skipPod(view);
  if (leftAlone) return { kind: 'skipped', reason: leftAlone };

  const pod = scopedPod(request, view);
  const decideFrom = (read: ScopesRead, reads = read.attempts) =>
    decide(
      { raw: request.object, view, pod, read, reads, apiAudiences: context.reader?.apiAudiences },
      context.settings,
    );
  if (!context.reader || optsOut(pod)) return decideFrom(podAlone(pod));

  const options = { deadline: context.deadline, ownerKinds: context.settings.ownerKinds };
  const read = await readScopes(pod, context.reader, { ...options, fresh: false });
  const decided = decideFrom(read);
  // What is cached may give an identity, never withhold one: a pod admitted without its identity stays without it.
  if (!read.cached || !decided.withholds) return decided;
  const fresh = await readScopes(pod, context.reader, { ...options, fresh: true });
  return decideFrom(fresh, read.attempts + fresh.attempts);
}

function podAlone(pod: ScopedPod): ScopesRead {
  return { scopes: [podScope(pod)], findings: [], attempts: 0, cached: false };
}

/** The pod itself says no to every provider: no wider scope can change that, so the cluster is not asked. */
function optsOut({ annotations }: ScopedPod): boolean {
  return providers.every(({ id }) => readBoolean(annotations[`cwii.dev/${id}-inject`] ?? '') === false);
}
