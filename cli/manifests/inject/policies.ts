// MutatingAdmissionPolicies that give pods the identities that the webhook would give them.

import { INJECTED } from '../../../lib/annotations/keys.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { CLOUD_DIRECTORIES, directoriesOf } from '../../../lib/providers/services/services.ts';
import { catalogue } from '../../../lib/settings/service-catalogue.ts';
import type { ServiceDefinition } from '../../../lib/settings/service-definition.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celString } from '../cel.ts';
import type { Commented } from '../commented-yaml.ts';
import { BY_POLICIES, INJECT_LABEL, SYSTEM_NAMESPACES } from '../names.ts';
import { scopeVariables, type Variable } from '../require-scopes.ts';
import { awsVariables } from './aws.ts';
import { azureVariables } from './azure.ts';
import { additionVariable, claimVariables } from './claims.ts';
import { containerVariables } from './containers.ts';
import { gcpVariables } from './gcp.ts';
import { keptVariable } from './kept.ts';
import { PATCH, patchVariables } from './patch.ts';
import { planOfService, serviceVariables } from './services.ts';
import { tokenVariables } from './tokens.ts';
import { usedBy } from './used-variables.ts';
import { allows, isApiAudience } from './values.ts';

export interface InjectInput {
  readonly settings: MutateSettings;
  /** The enabled services of the catalogue and those of one's own. */
  readonly services: readonly ServiceDefinition[];
  readonly namespaces: 'labelled' | 'all';
}

export const ADMISSION = 'admissionregistration.k8s.io/v1';
const NAME = 'cwii-inject';

export function injectPolicies(input: InjectInput): readonly Commented[] {
  const variables = [...identityVariables(input), additionVariable(), keptVariable(), ...patchVariables()];
  return [
    {
      object: {
        apiVersion: ADMISSION,
        kind: 'MutatingAdmissionPolicy',
        metadata: { name: NAME },
        spec: {
          failurePolicy: 'Fail',
          reinvocationPolicy: 'IfNeeded',
          ...matchOf(),
          variables: usedBy([PATCH], variables),
          mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: PATCH } }],
        },
      },
      comments: {
        'spec.failurePolicy':
          'If an expression fails, as for a pod with too many containers, the pod is rejected instead of being started without identity.',
        'spec.paramKind':
          'The policy is evaluated for every ServiceAccount that the binding selects; the first condition selects the one of the pod.',
        'spec.reinvocationPolicy': 'Containers that another webhook adds get the identities too.',
      },
    },
    bindingOf('MutatingAdmissionPolicyBinding', NAME, input),
  ];
}

/** A pod that the webhook has decided on already. */
export const NOT_BY_WEBHOOK = {
  name: 'not-by-the-webhook',
  expression: `!(${celString(INJECTED)} in object.metadata.?annotations.orValue({})) || ${celString(BY_POLICIES)} in object.metadata.annotations[${celString(INJECTED)}].split(',')`,
};

/** The requests that a policy evaluates. */
export function matchOf(...conditions: readonly { readonly name: string; readonly expression: string }[]): object {
  return {
    paramKind: { apiVersion: 'v1', kind: 'ServiceAccount' },
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
      ],
    },
    matchConditions: [
      {
        name: 'is-its-service-account',
        expression: "params.metadata.name == object.spec.?serviceAccountName.orValue('')",
      },
      {
        name: 'not-a-mirror-pod',
        expression: "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))",
      },
      ...conditions,
    ],
  };
}

/** The variables from the scopes to the identities and the containers that take each. */
export function identityVariables({ settings, services }: InjectInput): readonly Variable[] {
  const allowedAudience = (value: string) =>
    `!${isApiAudience(value, settings.apiAudiences)} && ${allows(value, settings.allowed.audience)}`;
  const { aws, az, gcp } = settings.providers;
  const taken = takenNames({ settings, services });
  return [
    ...scopeVariables('ServiceAccount', false),
    { name: 'status', expression: `variables.ofPod[?${celString(INJECTED)}].orValue('').split(',')` },
    // In a later round, or after the webhook, no further identity is added.
    { name: 'stated', expression: `${celString(INJECTED)} in variables.ofPod` },
    { name: 'byWebhook', expression: `variables.stated && !(${celString(BY_POLICIES)} in variables.status)` },
    ...containerVariables(),
    ...(aws.enabled ? awsVariables(settings, allowedAudience) : []),
    ...(az.enabled ? azureVariables(settings, allowedAudience) : []),
    ...(gcp.enabled ? gcpVariables(settings, allowedAudience) : []),
    ...services.flatMap((service) => serviceVariables(service, settings, allowedAudience)),
    ...tokenVariables({ settings, allowedAudience, reserved: reservedNames(services), taken }),
    ...claimVariables([...Object.keys(taken), 'tokens']),
  ];
}

export function reservedNames(services: readonly ServiceDefinition[]): readonly string[] {
  const known = [...catalogue, ...services].flatMap(directoriesOf);
  return [...new Set([...CLOUD_DIRECTORIES, ...providers.map(({ id }) => id), ...known])];
}

/** The variables of each identity, by the variable with its plan. A token cannot use them beside it. */
function takenNames({ settings, services }: Pick<InjectInput, 'settings' | 'services'>) {
  const enabled = providers.filter(({ disabledBy }) => disabledBy(settings) === undefined);
  return Object.fromEntries([
    ...enabled.map(({ id, identityVariables: own, furtherVariables }) => [id, [...own, ...furtherVariables]]),
    ...services.map((service) => [
      planOfService(service),
      [...Object.keys(service.identity), ...Object.keys(service.variables ?? {})],
    ]),
  ]) as Readonly<Record<string, readonly string[]>>;
}

/** The namespaces whose pods are sent to the webhook. */
export function namespacesOf({ namespaces }: InjectInput): object {
  return {
    ...(namespaces === 'labelled' && { matchLabels: INJECT_LABEL }),
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SYSTEM_NAMESPACES }],
  };
}

export function bindingOf(kind: string, name: string, input: InjectInput, further: object = {}): Commented {
  return {
    object: {
      apiVersion: ADMISSION,
      kind,
      metadata: { name },
      spec: {
        policyName: name,
        paramRef: { selector: { matchLabels: INJECT_LABEL }, parameterNotFoundAction: 'Allow' },
        matchResources: { namespaceSelector: namespacesOf(input) },
        ...further,
      },
    },
    comments: { 'spec.paramRef': 'Only labelled ServiceAccounts are evaluated. A pod of another one is left alone.' },
  };
}
