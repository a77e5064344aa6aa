// ValidatingAdmissionPolicies: inside the API server, a pod that should have an identity and came without its token is refused.

import type { ProviderId } from '../../lib/annotations/keys.ts';
import type { Commented } from './commented-yaml.ts';
import { INJECT_LABEL, SYSTEM_NAMESPACES } from './names.ts';
import { cloudRules, cloudVariables, containerVariables, isMissing, type RequireSettings } from './require-clouds.ts';
import { type Parameter, scopeVariables } from './require-scopes.ts';

export interface Requirement extends RequireSettings {
  readonly namespaces: 'labelled' | 'all';
}

const ADMISSION = 'admissionregistration.k8s.io/v1';

const parameters = {
  ServiceAccount: {
    name: 'cwii-require-service-account',
    paramKind: { apiVersion: 'v1', kind: 'ServiceAccount' },
    isTheirs: {
      name: 'is-its-service-account',
      expression: "params.metadata.name == object.spec.?serviceAccountName.orValue('')",
    },
  },
  ReplicaSet: {
    name: 'cwii-require-replica-set',
    paramKind: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
    isTheirs: {
      name: 'is-its-replica-set',
      expression:
        "object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false) && o.kind == 'ReplicaSet' && o.apiVersion.startsWith('apps/') && o.uid == params.metadata.uid)",
    },
  },
} as const;

/** Two policies and their bindings; nothing where every cloud is switched off. */
export function requirePolicies(requirement: Requirement): readonly Commented[] {
  if (requirement.clouds.length === 0) return [];
  return (['ServiceAccount', 'ReplicaSet'] as const).flatMap((parameter) => [
    policy(parameter, requirement),
    binding(parameter, requirement),
  ]);
}

function policy(parameter: Parameter, requirement: Requirement): Commented {
  const { name, paramKind, isTheirs } = parameters[parameter];
  const { clouds, nativeAnnotations } = requirement;
  return {
    object: {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        paramKind,
        matchConstraints: {
          resourceRules: [
            { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
          ],
        },
        matchConditions: [
          isTheirs,
          {
            name: 'not-a-mirror-pod',
            expression: "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))",
          },
        ],
        variables: [
          ...scopeVariables(parameter, nativeAnnotations),
          ...containerVariables(),
          ...clouds.flatMap((id) => cloudVariables(id, parameter, requirement)),
        ],
        validations: clouds.map((id) => ({
          expression: `!(${isMissing(id)})`,
          message: refusal(id),
          reason: 'Forbidden',
        })),
      },
    },
    comments: {
      'spec.failurePolicy':
        'Of the policy itself: should an expression fail, the pod is refused rather than started without identity.',
      'spec.paramKind':
        parameter === 'ServiceAccount'
          ? 'Evaluated for every ServiceAccount of the namespace; the first condition leaves the one that the pod runs as.'
          : 'A Deployment copies its annotations to its ReplicaSets, which is where a policy can see them.',
    },
  };
}

function binding(parameter: Parameter, { namespaces }: Requirement): Commented {
  const { name } = parameters[parameter];
  return {
    object: {
      apiVersion: ADMISSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        // An empty selector: all of the namespace's. Allow: a namespace without any has nothing to require.
        paramRef: { selector: {}, parameterNotFoundAction: 'Allow' },
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

function refusal(id: ProviderId): string {
  const { cloud } = cloudRules[id];
  return `cwii: the pod should have the identity of ${cloud}, and came without its token: the webhook was not reached. Its controller tries again. To start it without identity, annotate the pod template with cwii.dev/${id}-inject: "false"`;
}
