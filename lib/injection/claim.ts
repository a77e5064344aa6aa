// Decides what one container does with one provider's identity: take it, keep its own, or conflict with it.

import type { ContainerView, VolumeView } from '../kubernetes/review.ts';
import type { ProviderPlan } from '../providers/plan.ts';
import { findObstacle, hasMount, type Obstacle } from './compare.ts';

export type Claim =
  /**
   * An earlier pass injected the container. `outdated` names a variable with another value than the plan's.
   */
  | { readonly kind: 'injected-earlier'; readonly outdated: string | undefined }
  /** The container sets a variable of the identity itself. */
  | { readonly kind: 'keeps-own'; readonly variable: string }
  /** The container mounts something else at the path of the token, or above it. */
  | { readonly kind: 'mount-conflict'; readonly obstacle: Obstacle }
  | { readonly kind: 'takes' };

/** The parts of the pod that decide on a container's claim. */
export interface PodContext {
  readonly windows: boolean;
  /** The pod's volumes by name. */
  readonly volumes: ReadonlyMap<string, VolumeView>;
}

export function claimOf(view: ContainerView, plan: ProviderPlan, pod: PodContext): Claim {
  // The first of duplicate variables counts, here as in isInjected.
  const variables = new Map(view.env?.toReversed().map(({ name, value }) => [name, value]));
  if (isInjected(view, plan, pod)) {
    // In a copy of a pod that was admitted under other annotations. Only missing parts are added, so the
    // value stays.
    const outdated = plan.identity.find(({ name, value }) => variables.has(name) && variables.get(name) !== value);
    return { kind: 'injected-earlier', outdated: outdated?.name };
  }
  const own = plan.identity.find(({ name }) => variables.has(name));
  if (own) return { kind: 'keeps-own', variable: own.name };
  const obstacles = plan.mounts.flatMap((planned) => findObstacle(view, planned, pod) ?? []);
  const obstacle = obstacles.find(({ kind }) => kind === 'taken') ?? obstacles[0];
  if (obstacle) return { kind: 'mount-conflict', obstacle };
  return { kind: 'takes' };
}

/** Whether the container names our file's exact path and mounts our volumes there. */
function isInjected(view: ContainerView, plan: ProviderPlan, pod: PodContext): boolean {
  const file = view.env?.find(({ name }) => name === plan.fileVariable.name);
  return (
    file?.value === plan.fileVariable.value &&
    plan.mounts.every((mount) => hasMount(view, mount, pod) && pod.volumes.has(mount.name))
  );
}
