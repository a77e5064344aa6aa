// Decides what one container does with one provider's identity: take it, keep its own, or conflict with it.

import type { ContainerView } from '../kubernetes/review.ts';
import type { ProviderPlan } from '../providers/plan.ts';
import { conflicts, hasMount } from './compare.ts';

export type Claim =
  /**
   * An earlier pass injected the container. `outdated` names a variable with another value than the plan's.
   */
  | { readonly kind: 'injected-earlier'; readonly outdated: string | undefined }
  /** The container sets a variable of the identity itself. */
  | { readonly kind: 'keeps-own'; readonly variable: string }
  /** The container mounts another volume at the path of the token. */
  | { readonly kind: 'mount-conflict'; readonly mount: { readonly name: string; readonly mountPath: string } }
  /** The container takes the identity. `staticKey` names a variable that the SDKs prefer to it. */
  | { readonly kind: 'takes'; readonly staticKey: string | undefined };

/** @param podVolumes the names of the pod's volumes. */
export function claimOf(view: ContainerView, plan: ProviderPlan, podVolumes: ReadonlySet<string>): Claim {
  // The first of duplicate variables counts, here as in isInjected.
  const variables = new Map(view.env?.toReversed().map(({ name, value }) => [name, value]));
  if (isInjected(view, plan, podVolumes)) {
    // In a copy of a pod that was admitted under other annotations. Only missing parts are added, so the
    // value stays.
    const outdated = plan.identity.find(({ name, value }) => variables.has(name) && variables.get(name) !== value);
    return { kind: 'injected-earlier', outdated: outdated?.name };
  }
  const own = plan.identity.find(({ name }) => variables.has(name));
  if (own) return { kind: 'keeps-own', variable: own.name };
  const mount = view.volumeMounts?.find((candidate) => plan.mounts.some((planned) => conflicts(candidate, planned)));
  if (mount) return { kind: 'mount-conflict', mount };
  return { kind: 'takes', staticKey: plan.staticKeys.find((name) => variables.has(name)) };
}

/** Whether the container names our file's exact path and mounts our volumes there. */
function isInjected(view: ContainerView, plan: ProviderPlan, podVolumes: ReadonlySet<string>): boolean {
  const file = view.env?.find(({ name }) => name === plan.fileVariable.name);
  return (
    file?.value === plan.fileVariable.value &&
    plan.mounts.every((mount) => hasMount(view, mount) && podVolumes.has(mount.name))
  );
}
