// AWS with the annotations that few pods have.

import type { Finding } from '../../annotations/findings.ts';
import { rareAwsFindings } from '../../annotations/rare-aws-findings.ts';
import type { Pod } from '../../kubernetes/pod.ts';
import type { EvaluationInput, Provider, ProviderOutcome } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';
import { footprintOfFile, placeFile, VARIABLES, VOLUME } from './aws-config-file.ts';
import { withoutFile } from './aws-forms.ts';
import { readTemplate } from './aws-session-name.ts';
import { evaluateTarget } from './aws-target-role.ts';

/**
 * @param aws the provider without these annotations.
 * @param pod the pod, whose volumes say what an earlier admission put there.
 */
export function withRareKeys(aws: Provider, pod: Pick<Pod, 'volumes'> | undefined, tools: Toolbox): Provider {
  const fileFootprint = footprintOfFile(aws, tools);
  const hasFile = pod?.volumes.some(({ name }) => name === VOLUME) ?? false;
  return {
    ...aws,
    identityVariables: [...aws.identityVariables, ...VARIABLES],
    fileFootprint,
    ...(hasFile && { footprint: fileFootprint }),
    evaluate(input) {
      const session = input.resolution.get('cwii.dev/aws-role-session-name');
      const sessionName = session?.value.includes('$') && readTemplate(session, input, tools);
      const outcome = aws.evaluate(sessionName ? { ...input, sessionName } : input);
      return evaluateTarget(completed(aws, outcome, hasFile, input, tools), input, tools);
    },
  };
}

function completed(
  aws: Provider,
  outcome: ProviderOutcome,
  hasFile: boolean,
  input: EvaluationInput,
  tools: Toolbox,
): ProviderOutcome {
  if (outcome.kind === 'not-requested') {
    return { ...outcome, findings: [...outcome.findings, ...findKiam(input, tools)] };
  }
  if (outcome.kind !== 'inject') return outcome;
  const variables = [...aws.identityVariables, ...aws.furtherVariables];
  if (!hasFile) return { ...outcome, variables };
  const { variable } = placeFile(input.pod ?? { windows: false }, input, tools);
  return { ...outcome, variables, planFor: (pod) => withoutFile(outcome.planFor(pod), variable) };
}

function findKiam({ pod, resolution }: EvaluationInput, { KIAM_ROLE: key, findingFrom }: Toolbox): Finding[] {
  const value = pod?.annotations[key];
  // With a role or an explicit "false", somebody has decided.
  if (!pod || !value || resolution.get('cwii.dev/aws-inject')) return [];
  const code = 'kiam-annotation';
  return [findingFrom(code, rareAwsFindings[code], { key, value, scope: 'pod', object: pod.object }, {})];
}
