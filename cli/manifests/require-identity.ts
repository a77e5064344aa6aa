// CEL variables for one identity of a pod: whether the pod should have it, and whether it has its token.

import { annotationKeys, CONTAINER_ROLE, INJECT_KEY, KEY_PREFIX, outputKeys } from '../../lib/annotations/keys.ts';
import { providers } from '../../lib/providers/registry.ts';
import { celList, celString } from './cel.ts';
import { BY_POLICIES } from './names.ts';
import { firstBoolean, firstText, type PolicyParameter, type Variable } from './require-scopes.ts';

/** A value that an identity requires. */
export interface RequiredValue {
  /** The annotation. */
  readonly key: string;
  /** The name of its variable. */
  readonly name: string;
  /** A condition in CEL under which a value is valid. */
  readonly isValid: (value: string) => string;
  /** Whether the identity is possible if no scope sets the key, because it is optional or has a default. */
  readonly optional: boolean;
}

/** An identity of a cloud or a service. */
export interface Requirement {
  /** In the name of the token's volume and in the annotation `cwii.dev/injected`. */
  readonly id: string;
  readonly isCloud: boolean;
  /** The beginning of the names of its variables. */
  readonly prefix: string;
  /** Its name in messages. */
  readonly title: string;
  readonly trigger: string;
  readonly injectKey: string;
  /** Whether the inject key with "true" requests the identity without the trigger. */
  readonly injectRequests: boolean;
  readonly values: readonly RequiredValue[];
  /** A further condition under which the identity is possible. */
  readonly further?: string;
  /** A container that sets one of these variables keeps its own identity. */
  readonly identityVariables: readonly string[];
  /** The variable with which a container chooses its identity for cwii's token. */
  readonly principal?: string | undefined;
  /** The variables that set another source than cwii's token: files and static keys. */
  readonly otherSources: readonly string[];
  /** The annotation with which another product skips containers. */
  readonly nativeSkip?: string | undefined;
}

/** The volume with a token. A pod has the token if it has this volume. */
export function tokenVolume(id: string): string {
  return `cwii-${id}-token`;
}

/** The variables of one identity, in the order of their dependencies. */
export function identityVariables(
  requirement: Requirement,
  parameter: PolicyParameter,
  onInvalid: 'deny' | 'warn' | undefined,
): readonly Variable[] {
  const { id, prefix, injectKey, values, further, nativeSkip, isCloud } = requirement;
  const skipped = nativeSkip
    ? `(variables.skip != '' ? variables.skip : variables.ofPod[?${celString(nativeSkip)}].orValue('').replace(';', ','))`
    : 'variables.skip';
  return [
    { name: `${prefix}Inject`, expression: firstBoolean(injectKey) },
    {
      name: `${prefix}Asked`,
      expression: `${isCloud ? '' : '!variables.optsOut && '}variables.${prefix}Inject != 'false' && (${requests(requirement, parameter).join(' || ')})`,
    },
    // The value of each key, and the value that the pod's author set.
    ...values.flatMap(({ key, name }) => [
      { name, expression: firstText('scopes', key) },
      { name: `${name}Own`, expression: firstText('own', key) },
    ]),
    {
      name: `${prefix}Possible`,
      expression: [...values.map((value) => possible(value, onInvalid)), ...(further ? [further] : [])].join(' &&\n'),
    },
    // Another product skips containers for this cloud only.
    ...(nativeSkip ? [{ name: `${prefix}Skipped`, expression: splitList(skipped) }] : []),
    {
      name: `${prefix}Taken`,
      expression: `variables.containers.exists(c, ${isChosen(nativeSkip ? `${prefix}Skipped` : 'skipped')} &&
  (!c.?env.orValue([]).exists(e, e.name in ${celList(requirement.identityVariables)})${completed(requirement)}))`,
    },
    { name: `${prefix}Decided`, expression: isDecided(celString(id)) },
    { name: `${prefix}Token`, expression: hasToken(celString(tokenVolume(id))) },
  ];
}

/** True if the pod should have the identity, but has no token. */
export function isMissing({ prefix }: Pick<Requirement, 'prefix'>): string {
  const variable = (name: string) => `variables.${prefix}${name}`;
  return `${variable('Asked')} && !${variable('Token')} && !${variable('Decided')} && ${variable('Possible')} && ${variable('Taken')}`;
}

/** Whether annotations choose the container `c`. */
export function isChosen(skipped: string): string {
  return `!(c.name in variables.${skipped}) &&
  (variables.include == '' || c.name in variables.included)`;
}

/**
 * Whether the webhook decided against the identity with this id. Other policies (cwii manifests --policies)
 * do not see the owners of a pod.
 */
export function isDecided(id: string): string {
  return `'cwii.dev/injected' in variables.ofPod && !variables.ofPod['cwii.dev/injected'].split(',').exists(i, i in [${id}, ${celString(BY_POLICIES)}])`;
}

/** Whether the pod has a token in the volume with this name. */
export function hasToken(volume: string): string {
  return `object.spec.?volumes.orValue([]).exists(v, v.name == ${volume} &&
  v.?projected.?sources.orValue([]).exists(s, has(s.serviceAccountToken)))`;
}

/**
 * Whether the container `c` chooses its identity for cwii's token, which it then gets: it sets the principal,
 * no file and no static key. A variable without a value makes the identity incomplete.
 */
function completed({ principal, otherSources, identityVariables }: Requirement): string {
  if (principal === undefined) return '';
  const others = celList(otherSources);
  return ` ||
   c.env.exists(e, e.name == ${celString(principal)}) && !c.env.exists(e, e.name in ${others}) &&
   c.env.all(e, !(e.name in ${celList(identityVariables)}) || e.?value.orValue('') != '' || has(e.valueFrom))`;
}

/**
 * The requests that the policy with this parameter checks. A request that does not come from the ReplicaSet
 * is left to the policy with the ServiceAccount, which sees more of it.
 */
function requests({ prefix, trigger, injectKey, injectRequests }: Requirement, parameter: PolicyParameter): string[] {
  const isSet = (scope: string) => `${scope}[?${celString(trigger)}].orValue('').trim() != ''`;
  if (parameter === 'ReplicaSet') {
    const injectIsTrue = `variables.ofParam[?${celString(injectKey)}].orValue('').trim().lowerAscii() == 'true'`;
    return [isSet('variables.ofParam'), ...(injectRequests ? [injectIsTrue] : [])];
  }
  return [
    `variables.scopes.exists(s, ${isSet('s')})`,
    ...(injectRequests ? [`variables.${prefix}Inject == 'true'`] : []),
  ];
}

/**
 * A pod that suppresses every cloud itself, and names no service, opts out: the webhook does not read its
 * scopes.
 */
export function optOutVariable(): Variable {
  const suppressed = providers.map(({ injectKey }) => injectKey);
  const known = [...Object.keys(annotationKeys), ...outputKeys, INJECT_KEY];
  return {
    name: 'optsOut',
    expression: `${celList(suppressed)}.all(k, variables.ofPod[?k].orValue('').trim().lowerAscii() == 'false') &&
  variables.ofPod.all(k, !k.startsWith(${celString(KEY_PREFIX)}) || k.startsWith(${celString(CONTAINER_ROLE)}) || k in ${celList(known)})`,
  };
}

/** The containers of the pod, and those that annotations select. */
export function containerVariables(): readonly Variable[] {
  return [
    {
      // Containers that cwii adds have a mount of the volume that hides the API token from them.
      name: 'containers',
      expression: `object.spec.containers + object.spec.?initContainers.orValue([]).filter(c,
  !(c.name.startsWith('cwii-') && c.?volumeMounts.orValue([]).exists(m, m.name == 'cwii-no-api-token')))`,
    },
    { name: 'skip', expression: firstText('scopes', 'cwii.dev/skip-containers') },
    { name: 'include', expression: firstText('scopes', 'cwii.dev/include-containers') },
    // Lists are variables, which are evaluated once. Otherwise they would be split for each container.
    { name: 'skipped', expression: splitList('variables.skip') },
    { name: 'included', expression: splitList('variables.include') },
  ];
}

function splitList(list: string): string {
  return `${list}.split(',').map(n, n.trim()).filter(n, n != '')`;
}

/**
 * Whether the webhook would give the identity with this value. It denies pods for invalid values by their
 * author, and admits pods without identity if others set the value. A policy that rejected the latter could
 * stop all pods of a namespace because of one typo.
 */
function possible({ name, isValid, optional }: RequiredValue, onInvalid: 'deny' | 'warn' | undefined): string {
  const value = `variables.${name}`;
  const valid = optional ? `(${value} == '' || ${isValid(value)})` : isValid(value);
  if (onInvalid === 'warn') return valid;
  if (onInvalid === 'deny') return optional ? 'true' : `${value} != ''`;
  return `(${valid} || ${value}Own != '')`;
}
