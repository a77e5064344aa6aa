// A MutatingAdmissionPolicy that labels the ServiceAccounts which the policy for pods has to see.

import { KEY_PREFIX } from '../../../lib/annotations/keys.ts';
import { celString } from '../cel.ts';
import type { Commented } from '../commented-yaml.ts';
import { INJECT_LABEL } from '../names.ts';
import { ADMISSION, type InjectInput, namespacesOf } from './policies.ts';

const NAME = 'cwii-label';
const [[LABEL, VALUE]] = Object.entries(INJECT_LABEL) as [[string, string]];

export function labelPolicies(input: InjectInput): readonly Commented[] {
  return [
    {
      object: {
        apiVersion: ADMISSION,
        kind: 'MutatingAdmissionPolicy',
        metadata: { name: NAME },
        spec: {
          failurePolicy: 'Ignore',
          reinvocationPolicy: 'Never',
          matchConstraints: {
            resourceRules: [
              {
                apiGroups: [''],
                apiVersions: ['v1'],
                operations: ['CREATE', 'UPDATE'],
                resources: ['serviceaccounts'],
                scope: 'Namespaced',
              },
            ],
          },
          matchConditions: [
            { name: 'has-no-such-label', expression: `!(${celString(LABEL)} in object.metadata.?labels.orValue({}))` },
          ],
          variables: [
            {
              name: 'requests',
              expression: `[dyn(object.metadata.?annotations.orValue({})), dyn(namespaceObject.metadata.?annotations.orValue({}))]
  .exists(s, s.exists(k, k.startsWith(${celString(KEY_PREFIX)})))`,
            },
          ],
          mutations: [
            {
              patchType: 'ApplyConfiguration',
              applyConfiguration: {
                expression: `variables.requests ? Object{metadata: Object.metadata{labels: {${celString(LABEL)}: ${celString(VALUE)}}}} : Object{}`,
              },
            },
          ],
        },
      },
      comments: {
        'spec.failurePolicy': 'If an expression fails, the ServiceAccount stays unlabelled. It is never rejected.',
        'spec.variables': 'The ServiceAccount or its namespace has an annotation of cwii.',
      },
    },
    {
      object: {
        apiVersion: ADMISSION,
        kind: 'MutatingAdmissionPolicyBinding',
        metadata: { name: NAME },
        spec: { policyName: NAME, matchResources: { namespaceSelector: namespacesOf(input) } },
      },
    },
  ];
}
