// When a pod should have a cloud's identity, in CEL: the providers' own rules, as far as a policy can follow them.

import type { ProviderId } from '../../lib/annotations/keys.ts';
import { KEY_PREFIX } from '../../lib/annotations/keys.ts';
import { nativeSkipContainers } from '../../lib/annotations/native-keys.ts';
import { GCP_AUDIENCE, GCP_SERVICE_ACCOUNT, ROLE_ARN, UUID } from '../../lib/settings/formats.ts';
import { celList, celPattern, celString } from './cel.ts';
import { firstBoolean, firstText, type Parameter, type Variable } from './require-scopes.ts';

/** What of the cluster's settings decides whether a pod is given an identity. */
export interface RequireSettings {
  /** Clouds that are switched off are not required. */
  readonly clouds: readonly ProviderId[];
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly nativeAnnotations: boolean;
  readonly azDefaultTenantId: string | undefined;
  readonly gcpDefaultAudience: string | undefined;
}

interface Need {
  readonly key: string;
  readonly form: RegExp;
  /** What holds where the key is explicit nowhere: no need of it, a default that is there, or no identity at all. */
  readonly unset: 'fine' | 'none';
}

interface CloudRules {
  readonly cloud: string;
  /** The key whose presence asks. */
  readonly trigger: string;
  /** Whether `<p>-inject: "true"` asks as well. */
  readonly injectAsks: boolean;
  /** A container that sets one of these keeps its own identity. */
  readonly identity: readonly string[];
  readonly needs: (settings: RequireSettings) => readonly Need[];
}

/** An https URL of a host alone, which receives the token. */
const AUTHORITY_HOST = /^https:\/\/[^/?#@\s]+\/?$/i;

export const cloudRules: Readonly<Record<ProviderId, CloudRules>> = {
  aws: {
    cloud: 'AWS',
    trigger: 'cwii.dev/aws-role-arn',
    injectAsks: false,
    identity: ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
    needs: () => [{ key: 'cwii.dev/aws-role-arn', form: ROLE_ARN, unset: 'none' }],
  },
  az: {
    cloud: 'Azure',
    trigger: 'cwii.dev/az-client-id',
    injectAsks: false,
    identity: ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_FEDERATED_TOKEN_FILE'],
    needs: ({ azDefaultTenantId }) => [
      { key: 'cwii.dev/az-client-id', form: UUID, unset: 'none' },
      { key: 'cwii.dev/az-tenant-id', form: UUID, unset: azDefaultTenantId === undefined ? 'none' : 'fine' },
      { key: 'cwii.dev/az-authority-host', form: AUTHORITY_HOST, unset: 'fine' },
    ],
  },
  gcp: {
    cloud: 'GCP',
    trigger: 'cwii.dev/gcp-service-account',
    injectAsks: true,
    identity: ['GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE'],
    needs: ({ gcpDefaultAudience }) => [
      { key: 'cwii.dev/gcp-service-account', form: GCP_SERVICE_ACCOUNT, unset: 'fine' },
      { key: 'cwii.dev/gcp-audience', form: GCP_AUDIENCE, unset: gcpDefaultAudience === undefined ? 'none' : 'fine' },
    ],
  },
};

/** The volume by which a pod is known to have a cloud's token. */
export function tokenVolume(id: ProviderId): string {
  return `cwii-${id}-token`;
}

/** The variables of one cloud, each after those that it uses. */
export function cloudVariables(id: ProviderId, parameter: Parameter, settings: RequireSettings): readonly Variable[] {
  const { identity, needs } = cloudRules[id];
  const inject = `cwii.dev/${id}-inject`;
  const native = settings.nativeAnnotations ? nativeSkipContainers[id].native : undefined;
  const skipped = native
    ? `(variables.skip != '' ? variables.skip : variables.ofPod[?${celString(native)}].orValue('').replace(';', ','))`
    : 'variables.skip';
  return [
    { name: `${id}Inject`, expression: firstBoolean(inject) },
    { name: `${id}Asked`, expression: `variables.${id}Inject != 'false' && (${asks(id, parameter).join(' || ')})` },
    ...needs(settings).flatMap(({ key }) => textVariables(key)),
    {
      name: `${id}Possible`,
      expression: needs(settings)
        .map((need) => possible(need, settings))
        .join(' &&\n'),
    },
    { name: `${id}Skipped`, expression: names(skipped) },
    {
      name: `${id}Taken`,
      expression: `variables.containers.exists(c, !(c.name in variables.${id}Skipped) &&
  (variables.include == '' || c.name in variables.included) &&
  !c.?env.orValue([]).exists(e, e.name in ${celList(identity)}))`,
    },
    {
      name: `${id}Decided`,
      expression: `'cwii.dev/injected' in variables.ofPod && !(${celString(id)} in variables.ofPod['cwii.dev/injected'].split(','))`,
    },
    {
      name: `${id}Token`,
      expression: `object.spec.?volumes.orValue([]).exists(v, v.name == ${celString(tokenVolume(id))} &&
  v.?projected.?sources.orValue([]).exists(s, has(s.serviceAccountToken)))`,
    },
  ];
}

/** What a ReplicaSet does not ask for itself, the policy with the ServiceAccount judges: it sees more of it. */
function asks(id: ProviderId, parameter: Parameter): string[] {
  const { trigger, injectAsks } = cloudRules[id];
  const isSet = (scope: string) => `${scope}[?${celString(trigger)}].orValue('').trim() != ''`;
  if (parameter === 'ReplicaSet') {
    const insists = `variables.ofParam[?'cwii.dev/${id}-inject'].orValue('').trim().lowerAscii() == 'true'`;
    return [isSet('variables.ofParam'), ...(injectAsks ? [insists] : [])];
  }
  return [`variables.scopes.exists(s, ${isSet('s')})`, ...(injectAsks ? [`variables.${id}Inject == 'true'`] : [])];
}

/** The key's value, and what of it the pod's author wrote. */
function textVariables(key: string): readonly Variable[] {
  const name = variableOf(key);
  return [
    { name, expression: firstText('scopes', key) },
    { name: `${name}Own`, expression: firstText('own', key) },
  ];
}

/** `cwii.dev/az-tenant-id`: `azTenantId`. */
function variableOf(key: string): string {
  return key.slice(KEY_PREFIX.length).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** True where the pod came through without what it should have. */
export function isMissing(id: ProviderId): string {
  const is = (name: string) => `variables.${id}${name}`;
  return `${is('Asked')} && !${is('Token')} && !${is('Decided')} && ${is('Possible')} && ${is('Taken')}`;
}

/** Which containers there are, and which the annotations choose. */
export function containerVariables(): readonly Variable[] {
  return [
    {
      // Containers of cwii's own are known by the volume that keeps the API token from them.
      name: 'containers',
      expression: `object.spec.containers + object.spec.?initContainers.orValue([]).filter(c,
  !(c.name.startsWith('cwii-') && c.?volumeMounts.orValue([]).exists(m, m.name == 'cwii-no-api-token')))`,
    },
    { name: 'skip', expression: firstText('scopes', 'cwii.dev/skip-containers') },
    { name: 'include', expression: firstText('scopes', 'cwii.dev/include-containers') },
    // Lists are variables, which are made once: an expression over all containers would split them for each.
    { name: 'included', expression: names('variables.include') },
  ];
}

function names(list: string): string {
  return `${list}.split(',').map(n, n.trim()).filter(n, n != '')`;
}

/**
 * Where a value makes the identity impossible, the webhook refuses the pod for what its author wrote and leaves it
 * without identity for what others did; a policy that refused the second would stop a namespace by one typo.
 */
function possible({ key, form, unset }: Need, { onInvalid }: RequireSettings): string {
  const value = `variables.${variableOf(key)}`;
  const matches = `${value}.matches(${celPattern(form)})`;
  const valid = unset === 'fine' ? `(${value} == '' || ${matches})` : matches;
  if (onInvalid === 'warn') return valid;
  if (onInvalid === 'deny') return unset === 'fine' ? 'true' : `${value} != ''`;
  return `(${valid} || ${value}Own != '')`;
}
