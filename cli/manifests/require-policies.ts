// ValidatingAdmissionPolicies that reject pods which request an identity but have no token for it.

import type { ProviderId } from '../../lib/annotations/keys.ts';
import { PREFIX } from '../../lib/providers/services/bare-token.ts';
import type { ServiceDefinition } from '../../lib/settings/service-definition.ts';
import { celString } from './cel.ts';
import type { Commented } from './commented-yaml.ts';
import { INJECT_LABEL, SYSTEM_NAMESPACES } from './names.ts';
import { type CloudSettings, cloudRequirements } from './require-clouds.ts';
import { containerVariables, identityVariables, isMissing, optOutVariable } from './require-identity.ts';
import { type Parameter, type PolicyParameter, scopeVariables } from './require-scopes.ts';
import { missingTokens, serviceRequirement } from './require-services.ts';

/** The cluster's settings that decide whether a pod gets an identity. */
export interface PolicyInput extends CloudSettings {
  /** Clouds that are disabled are not required. */
  readonly clouds: readonly ProviderId[];
  /** The enabled services of the catalogue and those of one's own. */
  readonly services: readonly ServiceDefinition[];
  readonly onInvalid: 'deny' | 'warn' | undefined;
  readonly namespaces: 'labelled' | 'all';
}

/** A warning in the policies and on the terminal, because its effect shows only when a pod is rejected. */
export const PODS_NOT_MARKED =
  'settings.markPods is not true, so these policies reject some pods that the webhook deliberately admits without identity; docs/cluster-side.md lists them. Set it to true in cwii.yaml and deploy before you apply 4-require/';

const ADMISSION = 'admissionregistration.k8s.io/v1';

interface ParameterRules {
  readonly name: string;
  readonly paramKind?: object;
  readonly matchesParameter?: object;
}

const parameters: Readonly<Record<PolicyParameter, ParameterRules>> = {
  none: { name: 'cwii-require' },
  ServiceAccount: {
    name: 'cwii-require-service-account',
    paramKind: { apiVersion: 'v1', kind: 'ServiceAccount' },
    matchesParameter: {
      name: 'is-its-service-account',
      expression: "params.metadata.name == object.spec.?serviceAccountName.orValue('')",
    },
  },
  ReplicaSet: {
    name: 'cwii-require-replica-set',
    paramKind: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
    matchesParameter: {
      name: 'is-its-replica-set',
      expression:
        "object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false) && o.kind == 'ReplicaSet' && o.apiVersion.startsWith('apps/') && o.uid == params.metadata.uid)",
    },
  },
};

const parameterComments: Readonly<Record<Parameter, string>> = {
  ServiceAccount:
    'The policy is evaluated for every ServiceAccount of the namespace; the first condition selects the one of the pod.',
  ReplicaSet: 'A Deployment copies its annotations to its ReplicaSets, where a policy can read them.',
};

/** Two policies and their bindings. */
export function requirePolicies(input: PolicyInput): readonly Commented[] {
  return (['ServiceAccount', 'ReplicaSet'] as const).flatMap((parameter) => [
    policy(parameter, input),
    binding(parameter, input),
  ]);
}

/** One policy without a parameter object, and its binding. */
export function staticRequirePolicy(input: PolicyInput): readonly Commented[] {
  return [policy('none', input), binding('none', input)];
}

function policy(parameter: PolicyParameter, input: PolicyInput): Commented {
  const { name, paramKind, matchesParameter } = parameters[parameter];
  const { clouds, services, onInvalid, nativeAnnotations } = input;
  const requirements = [...cloudRequirements(clouds, input), ...services.map(serviceRequirement)];
  return {
    object: {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        ...(paramKind && { paramKind }),
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
          ],
        },
        matchConditions: [
          ...(matchesParameter ? [matchesParameter] : []),
          {
            name: 'not-a-mirror-pod',
            expression: "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))",
          },
        ],
        variables: [
          ...scopeVariables(parameter, nativeAnnotations),
          ...containerVariables(),
          optOutVariable(),
          ...requirements.flatMap((requirement) => identityVariables(requirement, parameter, onInvalid)),
          ...missingTokens(parameter, services),
        ],
        validations: [
          ...requirements.map((requirement) => ({
            expression: `!(${isMissing(requirement)})`,
            message: rejectionMessage(requirement.title, requirement.injectKey),
            reason: 'Forbidden',
          })),
          {
            expression: 'variables.missingTokens.size() == 0',
            messageExpression: rejectionMessage('the token {{n}}', `${PREFIX}{{n}}-inject`)
              .split('{{n}}')
              .map(celString)
              .join(' + variables.missingTokens[0] + '),
            reason: 'Forbidden',
          },
        ],
      },
    },
    comments: {
      'spec.failurePolicy':
        'If an expression of the policy fails, the pod is rejected instead of being started without identity.',
      ...(parameter !== 'none' && { 'spec.paramKind': parameterComments[parameter] }),
    },
  };
}

function binding(parameter: PolicyParameter, { namespaces }: PolicyInput): Commented {
  const { name } = parameters[parameter];
  return {
    object: {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        // The empty selector selects all objects of the namespace. Without any the policy does not apply:
        // Allow.
        ...(parameter !== 'none' && { paramRef: { selector: {}, parameterNotFoundAction: 'Allow' } }),
        matchResources: {
          namespaceSelector: {
            ...(namespaces === 'labelled' && { matchLabels: INJECT_LABEL }),
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SYSTEM_NAMESPACES }],
          },
        },
        validationActions: ['Deny'],
      },
    },
    comments: {
      'spec.matchResources.namespaceSelector': 'The namespaces whose pods are sent to the webhook.',
    },
  };
}

function rejectionMessage(title: string, injectKey: string): string {
  return `cwii: the pod requests ${title} but has no token for it, because the webhook was not reached. Its controller retries. To start the pod without identity, annotate the pod template with ${injectKey}: "false"`;
}
