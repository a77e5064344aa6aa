// Decides for one container which variables of an identity are added, and which are brought up to date.

import { isDeepStrictEqual } from '../common/node-builtins.ts';
import type { ContainerView, VariableView } from '../kubernetes/review.ts';
import { type EnvVar, type IdentityHolder, isSet, type ProviderPlan, type Synonyms } from '../providers/plan.ts';
import type { PodContainer } from './containers.ts';
import type { EarlierWork } from './earlier.ts';

/** Kubernetes rejects a longer name of a container. */
const LONGEST_NAME = 63;

/** The changes to one container's variables. */
export interface VariableChanges {
  readonly added: readonly EnvVar[];
  /** Variables that cwii wrote in an earlier admission, with their new values. */
  readonly replaced: readonly { readonly index: number; readonly item: EnvVar }[];
  /** The user's variables that a later admission could take for cwii's. */
  readonly kept: readonly string[];
  /** A variable of the identity with another value, which cwii may have written and does not change. */
  readonly outdated?: string;
}

/** @param plan the plan for this container, which names no file or cwii's file. */
export function changeVariables(
  { view, variables }: Pick<PodContainer, 'view' | 'variables'>,
  plan: ProviderPlan,
  earlier: EarlierWork,
): VariableChanges {
  if (!setsAny(variables, plan)) return { added: [...plan.identity, ...plan.extras], replaced: [], kept: [] };
  // The last of duplicate variables is the one that the container runtime passes on.
  const present = new Map((view.env ?? []).map((variable, index) => [variable.name, { variable, index }] as const));
  const order = plan.identity.map(({ name }) => name);
  const file = plan.fileVariable?.name;
  const start = startOfOurs(view.env ?? [], order, file);
  const [{ name: volume }] = plan.mounts;
  const isMounted = view.volumeMounts?.some(({ name }) => name === volume) ?? false;
  // cwii never writes variables without the mount.
  const stated = earlier.states(plan.provider) && isMounted;
  const isOurs = (name: string) => {
    const index = present.get(name)?.index ?? -1;
    return stated && start !== undefined && index >= start && !earlier.kept.has(keptEntry(view, name));
  };

  const users = [...present].filter(([name]) => !isOurs(name));
  const own = new Map(users.map(([name, { variable }]) => [name, variable]));
  const wanted = [...plan.identity, ...extrasFor(own, plan)];
  const added = wanted.filter(({ name }) => !present.has(name));
  const replaced: { index: number; item: EnvVar }[] = [];
  for (const item of wanted) {
    const found = present.get(item.name);
    if (found && isOurs(item.name) && !isSame(found.variable, item)) replaced.push({ index: found.index, item });
  }

  const others = [...plan.identity, ...plan.extras].filter((item) => {
    const variable = own.get(item.name);
    return variable && !isSame(variable, item);
  });
  // As the next admission finds them.
  const after = [...(view.env ?? []), ...added];
  const startAfter = startOfOurs(after, order, file) ?? after.length;
  const kept = others.filter(({ name }) => (present.get(name)?.index ?? -1) >= startAfter).map(({ name }) => name);
  const suspect = start !== undefined && !stated && isMounted && earlier.volumes.has(volume);
  const outdated = suspect ? others.find(({ name }) => kept.includes(name) && order.includes(name))?.name : undefined;
  return { added, replaced, kept, ...(outdated !== undefined && { outdated }) };
}

/** Whether the container sets a variable of the plan, or one of the same meaning. */
function setsAny(variables: Variables, { identity, extras, synonyms = [] }: ProviderPlan): boolean {
  const isPresent = ({ name }: EnvVar) => variables.has(name);
  return (
    identity.some(isPresent) ||
    extras.some(isPresent) ||
    synonyms.some(({ names }) => names.some((name) => variables.has(name)))
  );
}

/**
 * The entry of a container's variable in the annotation `cwii.dev/kept-variables`. A valid name has no comma,
 * but the pod is not validated yet.
 */
export function keptEntry({ name }: ContainerView, variable: string): string {
  return `${name.slice(0, LONGEST_NAME)}=${variable}`.replaceAll(',', ';');
}

/** The plan's further variables for a container that has an identity of its own. */
export function missingExtras({ variables }: Pick<PodContainer, 'variables'>, plan: ProviderPlan): readonly EnvVar[] {
  return extrasFor(variables, plan);
}

/** A container's variables by name. The last of duplicates counts, as in the container runtime. */
export function variablesOf({ env }: ContainerView): Map<string, VariableView> {
  const variables = new Map<string, VariableView>();
  for (const variable of env ?? []) variables.set(variable.name, variable);
  return variables;
}

/** The container with its variables after the injection. */
export function holderOf({ view, after }: PodContainer): IdentityHolder {
  return { name: view.name, view, variables: after };
}

type Variables = ReadonlyMap<string, VariableView>;

function extrasFor(own: Variables, { extras, synonyms = [] }: ProviderPlan): EnvVar[] {
  const missing = extras.filter(({ name }) => !own.has(name));
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

/**
 * The index at which cwii's variables begin: cwii appends the identity in its order, then the rest, so what
 * stands before is the user's. Undefined if the container does not name cwii's file.
 *
 * @param identity the names of the identity's variables, in the order in which cwii writes them.
 * @param file the name of the variable that names the file; the last one of the identity if no variable does.
 */
export function startOfOurs(
  env: readonly VariableView[],
  identity: readonly string[],
  file = identity.at(-1),
): number | undefined {
  let start = env.findIndex(({ name }) => name === file);
  if (start === -1) return undefined;
  let order = identity.indexOf(file ?? '');
  for (; start > 0; start--) {
    const before = identity.indexOf(env[start - 1]?.name ?? '');
    if (before === -1 || before >= order) break;
    order = before;
  }
  return start;
}

/** Whether a variable has the planned value, whether or not the API server filled in an empty one. */
export function isSame(variable: VariableView, planned: EnvVar): boolean {
  if (planned.valueFrom) return isDeepStrictEqual(variable.valueFrom, planned.valueFrom);
  return (variable.value ?? '') === planned.value && !variable.valueFrom;
}
