// MutatingAdmissionPolicies that give pods the identities that the webhook would give them.

import { INJECT_KEY, INJECTED } from '../../../lib/annotations/keys.ts';
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
  return [policy(input), binding(input)];
}

function policy(input: InjectInput): Commented {
  return {
    object: {
      apiVersion: ADMISSION,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: NAME },
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
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
        ],
        variables: variablesOf(input),
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: PATCH } }],
      },
    },
  };
}

function variablesOf({ settings, services }: InjectInput): readonly Variable[] {
  const allowedAudience = (value: string) =>
    `!${isApiAudience(value, settings.apiAudiences)} && ${allows(value, settings.allowed.audience)}`;
  return [
    ...scopeVariables('ServiceAccount', false),
    { name: 'status', expression: `variables.ofPod[?${celString(INJECTED)}].orValue('').split(',')` },
    // In a later round, or after the webhook, no further identity is added.
    { name: 'stated', expression: `${celString(INJECTED)} in variables.ofPod` },
    {
      name: 'byWebhook',
      expression: `variables.stated && !(${celString(BY_POLICIES)} in variables.status)`,
    },
    ...containerVariables(),
    ...awsVariables(settings, allowedAudience),
    ...azureVariables(settings, allowedAudience),
    ...gcpVariables(settings, allowedAudience),
    ...services.flatMap((service) => serviceVariables(service, settings, allowedAudience)),
    ...tokenVariables({ settings, allowedAudience, reserved: reservedNames(services), taken: takenNames(services) }),
    ...claimVariables(['aws', 'az', 'gcp', ...services.map(planOfService), 'tokens']),
    additionVariable(),
    keptVariable(),
    ...patchVariables(),
  ];
}

function reservedNames(services: readonly ServiceDefinition[]): readonly string[] {
  const known = [...catalogue, ...services].flatMap(directoriesOf);
  return [...new Set([...CLOUD_DIRECTORIES, ...providers.map(({ id }) => id), ...known])];
}

/** The variables of each identity, none of which a token can use beside it. */
function takenNames(services: readonly ServiceDefinition[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries([
    ...providers.map(({ id, identityVariables, furtherVariables }) => [
      id,
      [...identityVariables, ...furtherVariables],
    ]),
    ...services.map((service) => [
      planOfService(service),
      [...Object.keys(service.identity), ...Object.keys(service.variables ?? {})],
    ]),
  ]);
}

/** The namespaces whose pods are sent to the webhook. */
export function namespacesOf({ namespaces }: InjectInput): object {
  return {
    ...(namespaces === 'labelled' && { matchLabels: INJECT_LABEL }),
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SYSTEM_NAMESPACES }],
  };
}

function binding(input: InjectInput): Commented {
  return {
    object: {
      apiVersion: ADMISSION,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: NAME },
      spec: {
        policyName: NAME,
        paramRef: {
          selector: { matchLabels: { [INJECT_KEY]: INJECT_LABEL[INJECT_KEY] } },
          parameterNotFoundAction: 'Allow',
        },
        matchResources: {
          namespaceSelector: namespacesOf(input),
        },
      },
    },
  };
}
