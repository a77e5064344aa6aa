// Decides what one container does with one provider's identity: take it, keep its own, or conflict with it.

import { hasEnvFrom, isSet, type ProviderPlan } from '../providers/plan.ts';
import { findObstacle, type Obstacle } from './compare.ts';
import type { PodContainer } from './containers.ts';
import { type EarlierWork, footprintOf, namesFileOfOtherRoot } from './earlier.ts';
import { keptEntry } from './variables.ts';

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

type ClaimingContainer = Pick<PodContainer, 'view' | 'variables'>;

/** The variables that a later admission, which finds the status of this one, could take for cwii's. */
export function filesOfOtherRoot(
  { view, variables }: ClaimingContainer,
  plan: ProviderPlan,
  earlier: EarlierWork,
): string[] {
  return footprintOf(plan).fileVariables.filter((name) =>
    namesFileOfOtherRoot(variables.get(name)?.value ?? '', view, plan, earlier),
  );
}

export function claimOf({ view, variables }: ClaimingContainer, plan: ProviderPlan, earlier: EarlierWork): Claim {
  const set = plan.identity.map(({ name }) => name).filter((name) => variables.has(name));
  const obstacles = plan.mounts.flatMap((planned) => findObstacle(view, planned, earlier) ?? []);
  const obstacle = obstacles.find(({ kind }) => kind === 'taken') ?? obstacles[0];
  // The usual container: it sets no variable of the identity.
  const [own] = set;
  if (own === undefined) return obstacle ? { kind: 'mount-conflict', obstacle } : { kind: 'takes', own: undefined };

  const empty = set.find((name) => !isSet(variables.get(name)));
  if (empty !== undefined) return { kind: 'has-none', variable: empty, missing: undefined };

  const isOurs = (name: string) => {
    const value = variables.get(name)?.value ?? '';
    if (value === plan.fileVariable?.value) return true;
    const isStated = earlier.states(plan.provider) && !earlier.kept.has(keptEntry(view, name));
    return isStated && namesFileOfOtherRoot(value, view, plan, earlier);
  };
  const { principal } = plan;
  const files = footprintOf(plan).fileVariables.filter((name) => variables.has(name));
  const foreign = files.find((name) => !isOurs(name));
  if (foreign !== undefined) {
    if (principal === undefined || variables.has(principal) || hasEnvFrom(view))
      return { kind: 'keeps-own', variable: own };
    return { kind: 'has-none', variable: foreign, missing: principal };
  }

  const hasKeys = plan.staticKeys?.some((name) => isSet(variables.get(name))) ?? false;
  if (obstacle || (hasKeys && files.length === 0)) return { kind: 'keeps-own', variable: own };
  const differs = plan.identity.filter(({ name, value }) => set.includes(name) && variables.get(name)?.value !== value);
  const [first] = differs;
  if (files.length > 0 || !first || principal === undefined) return { kind: 'takes', own: undefined };

  // Without a file of its own, the container needs cwii's token for the identity that it names.
  if (!variables.has(principal)) return { kind: 'has-none', variable: first.name, missing: principal };
  return { kind: 'takes', own: differs.some(({ name }) => name === principal) ? principal : undefined };
}
