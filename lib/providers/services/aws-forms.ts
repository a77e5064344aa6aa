// The two forms of an AWS identity, variables and a config file: which one a container gets, and what an
// earlier admission wrote of the other one.

import type { ContainerView } from '../../kubernetes/review.ts';
import type { EnvVar, Fitting, MayBeOurs, ProviderPlan } from '../plan.ts';
import { VARIABLES } from './aws-config-file.ts';

/**
 * The form for one container of a pod with a target role. The target trusts the role of the pod, so a
 * container with a role of its own gets variables. An earlier admission may have written the role.
 *
 * @param direct the plan with variables.
 * @param hasFile whether the pod has the file already. Then its variables are not those of an earlier form.
 */
export function fitChained(
  { chained, direct, hasFile }: { readonly chained: ProviderPlan; readonly direct: ProviderPlan; hasFile: boolean },
  container: ContainerView,
  mayBeOurs: MayBeOurs,
): Fitting | undefined {
  const names = direct.identity.map(({ name }) => name);
  const isNamed = direct.principals?.of.has(container.name) ?? false;
  const removed = isNamed || hasFile ? [] : former(container, names, direct.fileVariable, mayBeOurs);
  const isWhole = names.every((name) => removed.some((index) => container.env?.[index]?.name === name));
  if (isWhole) return { plan: chained, view: without(container, removed), removed };
  const hasOwn = isNamed || container.env?.some(({ name }) => names.includes(name));
  return hasOwn ? { plan: direct, view: container, removed: [] } : undefined;
}

/** The plan with variables, which removes the config file of an earlier admission. */
export function withoutFile(direct: ProviderPlan, file: EnvVar): ProviderPlan {
  return {
    ...direct,
    forContainer(container, mayBeOurs) {
      // cwii writes one form into a container. Beside the variables, the file is the user's.
      if (container.env?.some(({ name }) => name === direct.fileVariable?.name)) return undefined;
      const removed = former(container, VARIABLES, file, mayBeOurs);
      return removed.length > 0 ? { plan: direct, view: without(container, removed), removed } : undefined;
    },
  };
}

/**
 * The indexes of the variables that cwii wrote for a form: those beside the one with the file, in the order
 * of cwii. Others are the user's.
 */
function former(
  { env }: ContainerView,
  names: readonly string[],
  file: EnvVar | undefined,
  mayBeOurs: MayBeOurs,
): number[] {
  const at = env?.findLastIndex(({ name, value }) => name === file?.name && value === file.value) ?? -1;
  if (!env || at === -1) return [];
  const offset = at - names.indexOf(file?.name ?? '');
  return names.flatMap((name, order) => {
    const index = offset + order;
    return env[index]?.name === name && mayBeOurs(name) ? [index] : [];
  });
}

/** The container without these variables. A variable without a name takes the place of each. */
function without(container: ContainerView, removed: readonly number[]): ContainerView {
  const env = container.env?.map((variable, index) => (removed.includes(index) ? { name: '' } : variable));
  return { ...container, ...(env && { env }) };
}
