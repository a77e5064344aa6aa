// CEL expressions for when a pod should have a cloud's identity. They follow the rules of the providers.

import { KEY_PREFIX, type ProviderId } from '../../lib/annotations/keys.ts';
import { nativeSkipContainers } from '../../lib/annotations/native-keys.ts';
import type { CloudProvider } from '../../lib/providers/provider.ts';
import { providers } from '../../lib/providers/registry.ts';
import { GCP_AUDIENCE, GCP_SERVICE_ACCOUNT, ROLE_ARN, UUID } from '../../lib/settings/formats.ts';
import { celList, celPattern, celString } from './cel.ts';
import { BY_POLICIES } from './names.ts';
import { firstBoolean, firstText, type PolicyParameter, type Variable } from './require-scopes.ts';

/** The cluster's settings that decide whether a pod gets an identity. */
export interface RequireSettings {
  /** Clouds that are disabled are not required. */
  readonly clouds: readonly ProviderId[];
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly nativeAnnotations: boolean;
  readonly azDefaultTenantId: string | undefined;
  readonly gcpDefaultAudience: string | undefined;
}

/** A value that a cloud requires for an identity. */
interface RequiredValue {
  readonly key: string;
  readonly format: RegExp;
  /** Whether the identity is possible if no scope sets the key, because it is optional or has a default. */
  readonly optional: boolean;
}

interface ValueRules {
  /** Whether `<p>-inject: "true"` requests the cloud without the trigger. */
  readonly injectRequests: boolean;
  readonly values: (settings: RequireSettings) => readonly RequiredValue[];
}

/** An https URL that consists of a host, to which the token is sent. */
const AUTHORITY_HOST = /^https:\/\/[^/?#@\s]+\/?$/i;

const valueRules: Readonly<Record<ProviderId, ValueRules>> = {
  aws: {
    injectRequests: false,
    values: () => [{ key: 'cwii.dev/aws-role-arn', format: ROLE_ARN, optional: false }],
  },
  az: {
    injectRequests: false,
    values: ({ azDefaultTenantId }) => [
      { key: 'cwii.dev/az-client-id', format: UUID, optional: false },
      { key: 'cwii.dev/az-tenant-id', format: UUID, optional: azDefaultTenantId !== undefined },
      { key: 'cwii.dev/az-authority-host', format: AUTHORITY_HOST, optional: true },
    ],
  },
  gcp: {
    injectRequests: true,
    values: ({ gcpDefaultAudience }) => [
      { key: 'cwii.dev/gcp-service-account', format: GCP_SERVICE_ACCOUNT, optional: true },
      { key: 'cwii.dev/gcp-audience', format: GCP_AUDIENCE, optional: gcpDefaultAudience !== undefined },
    ],
  },
};

export interface CloudRules extends ValueRules, Pick<CloudProvider, 'cloud' | 'trigger' | 'principal' | 'footprint'> {
  /** A container that sets one of these variables keeps its own identity. */
  readonly identityVariables: readonly string[];
}

/** The rules of each cloud: name, trigger and variables come from its provider. */
export const cloudRules = Object.fromEntries(
  providers.map(({ id, cloud, trigger, identityVariables, principal, footprint }) => [
    id,
    { cloud, trigger, identityVariables, ...(principal && { principal }), footprint, ...valueRules[id] },
  ]),
) as Readonly<Record<ProviderId, CloudRules>>;

/** The volume with a cloud's token. A pod has the token if it has this volume. */
export function tokenVolume(id: ProviderId): string {
  return `cwii-${id}-token`;
}

/** The variables of one cloud, in the order of their dependencies. */
export function cloudVariables(
  id: ProviderId,
  parameter: PolicyParameter,
  settings: RequireSettings,
): readonly Variable[] {
  const { identityVariables, values } = cloudRules[id];
  const inject = `cwii.dev/${id}-inject`;
  const native = settings.nativeAnnotations ? nativeSkipContainers[id].native : undefined;
  const skipped = native
    ? `(variables.skip != '' ? variables.skip : variables.ofPod[?${celString(native)}].orValue('').replace(';', ','))`
    : 'variables.skip';
  return [
    { name: `${id}Inject`, expression: firstBoolean(inject) },
    { name: `${id}Asked`, expression: `variables.${id}Inject != 'false' && (${requests(id, parameter).join(' || ')})` },
    ...values(settings).flatMap(({ key }) => textVariables(key)),
    {
      name: `${id}Possible`,
      expression: values(settings)
        .map((value) => possible(value, settings))
        .join(' &&\n'),
    },
    { name: `${id}Skipped`, expression: splitList(skipped) },
    {
      name: `${id}Taken`,
      expression: `variables.containers.exists(c, !(c.name in variables.${id}Skipped) &&
  (variables.include == '' || c.name in variables.included) &&
  (!c.?env.orValue([]).exists(e, e.name in ${celList(identityVariables)})${completed(cloudRules[id])}))`,
    },
    {
      name: `${id}Decided`,
      // By the webhook. Other policies (cwii manifests --policies) do not see the owners of a pod.
      expression: `'cwii.dev/injected' in variables.ofPod && !variables.ofPod['cwii.dev/injected'].split(',').exists(n, n in ${celList([id, BY_POLICIES])})`,
    },
    {
      name: `${id}Token`,
      expression: `object.spec.?volumes.orValue([]).exists(v, v.name == ${celString(tokenVolume(id))} &&
  v.?projected.?sources.orValue([]).exists(s, has(s.serviceAccountToken)))`,
    },
  ];
}

/**
 * Whether the container `c` chooses its identity for cwii's token, which it then gets: it sets the principal,
 * no file and no static key. A variable without a value makes the identity incomplete.
 */
function completed({ principal, footprint, identityVariables }: CloudRules): string {
  if (!principal) return '';
  const others = celList([...footprint.fileVariables, ...principal.staticKeys]);
  return ` ||
   c.env.exists(e, e.name == ${celString(principal.variable)}) && !c.env.exists(e, e.name in ${others}) &&
   c.env.all(e, !(e.name in ${celList(identityVariables)}) || e.?value.orValue('') != '' || has(e.valueFrom))`;
}

/**
 * The requests that the policy with this parameter checks. A request that does not come from the ReplicaSet
 * is left to the policy with the ServiceAccount, which sees more of it.
 */
function requests(id: ProviderId, parameter: PolicyParameter): string[] {
  const { trigger, injectRequests } = cloudRules[id];
  const isSet = (scope: string) => `${scope}[?${celString(trigger)}].orValue('').trim() != ''`;
  if (parameter === 'ReplicaSet') {
    const injectIsTrue = `variables.ofParam[?'cwii.dev/${id}-inject'].orValue('').trim().lowerAscii() == 'true'`;
    return [isSet('variables.ofParam'), ...(injectRequests ? [injectIsTrue] : [])];
  }
  return [`variables.scopes.exists(s, ${isSet('s')})`, ...(injectRequests ? [`variables.${id}Inject == 'true'`] : [])];
}

/** The value of the key, and the value that the pod's author set. */
function textVariables(key: string): readonly Variable[] {
  const name = variableOf(key);
  return [
    { name, expression: firstText('scopes', key) },
    { name: `${name}Own`, expression: firstText('own', key) },
  ];
}

/** `cwii.dev/az-tenant-id` becomes `azTenantId`. */
function variableOf(key: string): string {
  return key.slice(KEY_PREFIX.length).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** True if the pod should have the identity, but has no token. */
export function isMissing(id: ProviderId): string {
  const variable = (name: string) => `variables.${id}${name}`;
  return `${variable('Asked')} && !${variable('Token')} && !${variable('Decided')} && ${variable('Possible')} && ${variable('Taken')}`;
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
function possible({ key, format, optional }: RequiredValue, { onInvalid }: RequireSettings): string {
  const value = `variables.${variableOf(key)}`;
  const matches = `${value}.matches(${celPattern(format)})`;
  const valid = optional ? `(${value} == '' || ${matches})` : matches;
  if (onInvalid === 'warn') return valid;
  if (onInvalid === 'deny') return optional ? 'true' : `${value} != ''`;
  return `(${valid} || ${value}Own != '')`;
}
