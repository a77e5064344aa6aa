// ValidatingAdmissionPolicies with the findings of the webhook: one rejects pods, one warns.

import type { Commented } from '../commented-yaml.ts';
import type { Variable } from '../require-scopes.ts';
import { awsProblems, azureProblems, gcpProblems } from './cloud-problems.ts';
import { keyProblems, podProblems } from './pod-problems.ts';
import {
  ADMISSION,
  bindingOf,
  type InjectInput,
  identityVariables,
  matchOf,
  NOT_BY_WEBHOOK,
  reservedNames,
} from './policies.ts';
import { placeVariables } from './problems.ts';
import { serviceProblems, tokenProblems } from './service-problems.ts';
import { usedBy } from './used-variables.ts';

/** The policy shows as many warnings. */
const MOST_WARNINGS = 10;

export function findingPolicies(input: InjectInput): readonly Commented[] {
  const variables = [...identityVariables(input), ...problemVariables(input)];
  return [
    ...policy(
      'cwii-refuse',
      'Deny',
      variables,
      [
        {
          expression: 'variables.denials.size() == 0',
          messageExpression: "'cwii: ' + variables.denials.map(p, string(p.text)).join('; ')",
          message: 'cwii: an annotation or a part of the pod is invalid or not allowed',
          reason: 'Forbidden',
        },
      ],
      input,
    ),
    ...policy(
      'cwii-warn',
      'Warn',
      variables,
      Array.from({ length: MOST_WARNINGS }, (_, index) => ({
        expression: `variables.warnings.size() <= ${index}`,
        messageExpression: `string(variables.warnings[${index}].text)`,
        message: 'cwii: an annotation has no effect',
      })),
      input,
    ),
  ];
}

function problemVariables({ settings, services }: InjectInput): readonly Variable[] {
  const clouds = [
    ...(settings.providers.aws.enabled ? awsProblems(settings) : []),
    ...(settings.providers.az.enabled ? azureProblems(settings) : []),
    ...(settings.providers.gcp.enabled ? gcpProblems(settings) : []),
  ];
  const parts = [
    ...keyProblems(services),
    ...clouds,
    ...services.map((service) => serviceProblems(service, settings)),
    ...tokenProblems(settings, reservedNames(services)),
    ...podProblems(settings),
  ];
  const all = parts.filter(({ name }) => name.endsWith('Problems') && name !== 'awsRoleProblems');
  return [
    ...placeVariables(),
    ...parts,
    { name: 'problems', expression: all.map(({ name }) => `variables.${name}`).join(' +\n') },
    { name: 'denials', expression: 'variables.problems.filter(p, p.deny)' },
    // As the webhook, only the denials if there are any.
    { name: 'warnings', expression: 'variables.denials.size() > 0 ? [] : variables.problems' },
  ];
}

interface Validation {
  readonly expression: string;
  readonly messageExpression: string;
  /** If the expression fails. */
  readonly message: string;
  readonly reason?: string;
}

function policy(
  name: string,
  action: 'Deny' | 'Warn',
  variables: readonly Variable[],
  validations: readonly Validation[],
  input: InjectInput,
): readonly Commented[] {
  const roots = validations.flatMap(({ expression, messageExpression }) => [expression, messageExpression]);
  return [
    {
      object: {
        apiVersion: ADMISSION,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name },
        spec: {
          failurePolicy: action === 'Deny' ? 'Fail' : 'Ignore',
          ...matchOf(NOT_BY_WEBHOOK),
          variables: usedBy(roots, variables),
          validations,
        },
      },
      comments: {
        'spec.matchConditions': 'The webhook has its own findings, and sees more.',
      },
    },
    bindingOf('ValidatingAdmissionPolicyBinding', name, input, { validationActions: [action] }),
  ];
}
