// Decides what one container does with one provider's identity: take it, keep its own, or conflict with it.

import type { ContainerView } from '../kubernetes/review.ts';
import { hasEnvFrom, isSet, type ProviderPlan } from '../providers/plan.ts';
import { findObstacle, type Obstacle } from './compare.ts';
import { type EarlierWork, namesFileOfOtherRoot } from './earlier.ts';
import { keptEntry, variablesOf } from './variables.ts';

export type Claim =
  /**
   * The container takes the identity, or what it lacks of it. `own` names the variable with which it chooses
   * an identity for cwii's token.
   */
  | { readonly kind: 'takes'; readonly own: string | undefined }
  /** The container has an identity of its own. `variable` is a part of it. */
  | { readonly kind: 'keeps-own'; readonly variable: string }
  /**
   * The container sets `variable`, so cwii adds no identity; but without `missing` it has none. `missing` is
   * undefined if the variable itself is empty.
   */
  | { readonly kind: 'has-none'; readonly variable: string; readonly missing: string | undefined }
  /** The container mounts something else at the path of the token, or above it. */
  | { readonly kind: 'mount-conflict'; readonly obstacle: Obstacle };

/** The variables that a later admission, which finds the status of this one, could take for cwii's. */
export function filesOfOtherRoot(view: ContainerView, plan: ProviderPlan, earlier: EarlierWork): string[] {
  const variables = variablesOf(view);
  return filesOf(plan).filter((name) => namesFileOfOtherRoot(variables.get(name)?.value ?? '', view, plan, earlier));
}

function filesOf({ identity, fileVariable }: ProviderPlan): string[] {
  return identity.filter(({ value }) => value === fileVariable?.value).map(({ name }) => name);
}

export function claimOf(view: ContainerView, plan: ProviderPlan, earlier: EarlierWork): Claim {
  const variables = variablesOf(view);
  const isEmpty = (name: string) => variables.has(name) && !isSet(variables.get(name));
  const { principal } = plan;
  const files = filesOf(plan);
  const set = plan.identity.map(({ name }) => name).filter((name) => variables.has(name));
  const own = set.find((name) => !isEmpty(name));

  const empty = set.find(isEmpty);
  if (empty !== undefined) return { kind: 'has-none', variable: empty, missing: undefined };

  const isOurs = (name: string) => {
    const value = variables.get(name)?.value ?? '';
    if (value === plan.fileVariable?.value) return true;
    const isStated = earlier.states(plan.provider) && !earlier.kept.has(keptEntry(view, name));
    return isStated && namesFileOfOtherRoot(value, view, plan, earlier);
  };
  const foreign = files.find((name) => variables.has(name) && !isOurs(name));
  if (foreign !== undefined) {
    if (principal === undefined || variables.has(principal) || hasEnvFrom(view))
      return { kind: 'keeps-own', variable: own ?? foreign };
    return { kind: 'has-none', variable: foreign, missing: principal };
  }

  const hasKeys = plan.staticKeys?.some((name) => isSet(variables.get(name))) ?? false;
  const namesFile = files.some((name) => variables.has(name));
  const obstacles = plan.mounts.flatMap((planned) => findObstacle(view, planned, earlier) ?? []);
  const obstacle = obstacles.find(({ kind }) => kind === 'taken') ?? obstacles[0];
  if (own !== undefined && (obstacle || (hasKeys && !namesFile))) return { kind: 'keeps-own', variable: own };
  if (obstacle) return { kind: 'mount-conflict', obstacle };
  if (own === undefined || namesFile) return { kind: 'takes', own: undefined };

  // Without a file of its own, the container needs cwii's token for the identity that it names.
  if (principal !== undefined && variables.has(principal)) {
    const isPlanned = variables.get(principal)?.value === plan.identity.find(({ name }) => name === principal)?.value;
    return { kind: 'takes', own: isPlanned ? undefined : principal };
  }
  const differs = plan.identity.find(({ name, value }) => variables.has(name) && variables.get(name)?.value !== value);
  if (!differs || principal === undefined) return { kind: 'takes', own: undefined };
  return { kind: 'has-none', variable: differs.name, missing: principal };
}
