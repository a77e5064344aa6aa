// The variables of one container: what a plan adds to them, and all of them after the injection.

import { PlanCollisionError } from '../common/errors.ts';
import type { VariableView } from '../kubernetes/review.ts';
import { type EnvVar, type IdentityHolder, isSet, type ProviderPlan, type Synonyms } from '../providers/plan.ts';
import type { UserContainer } from './containers.ts';

/** Adds the identity, and those of the other variables that the container does not set. */
export function addVariables({ view, env }: UserContainer, plan: ProviderPlan): void {
  // The last of duplicate variables is the one that the container runtime passes on.
  const own = new Map(view.env?.map((variable) => [variable.name, variable]));
  for (const variable of [...plan.identity, ...extrasFor(own, plan)]) {
    if (env.some(({ name }) => name === variable.name)) throw new PlanCollisionError(`variable ${variable.name}`);
    env.push(variable);
  }
}

export function holderOf({ view, env }: UserContainer): IdentityHolder {
  return {
    name: view.name,
    variables: new Map([...(view.env ?? []), ...env].map((variable) => [variable.name, variable])),
  };
}

type Variables = ReadonlyMap<string, VariableView>;

function extrasFor(own: Variables, { extras, synonyms = [] }: ProviderPlan): EnvVar[] {
  const missing = extras.filter(({ name }) => !own.has(name));
  if (own.size === 0) return missing;
  const chosen = synonyms.flatMap((group) => {
    const name = group.names.find((candidate) => isSet(own.get(candidate)));
    return name === undefined ? [] : [{ group, name }];
  });
  return [
    ...missing.filter(({ name }) => !chosen.some(({ group }) => group.names.includes(name))),
    ...chosen.flatMap(({ group, name }) => copies(own, group, name)),
  ];
}

/** The value of the variable `name`, for the names of the group that the container needs too. */
function copies(own: Variables, { completed = [] }: Synonyms, name: string): EnvVar[] {
  const { value, valueFrom } = own.get(name) ?? {};
  return completed
    .filter((other) => !own.has(other))
    .map((other) => {
      if (valueFrom) return { name: other, valueFrom };
      // A reference in a copied text could mean another variable than in the original, which comes earlier.
      return { name: other, value: value?.includes('$') ? `$(${name})` : (value ?? '') };
    });
}
