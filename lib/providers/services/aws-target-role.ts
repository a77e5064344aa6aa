// The second role of AWS: a config file in which the role of the pod is the source of another role.
//
// The SDKs take the file only without AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE beside it: with these
// variables, some of them would stop at the first role.

import type { Finding } from '../../annotations/findings.ts';
import { type InvalidRareAwsCode, rareAwsFindings } from '../../annotations/rare-aws-findings.ts';
import type { Explicit } from '../../annotations/resolve.ts';
import type { Pod } from '../../kubernetes/pod.ts';
import type { EnvVar, IdentityHolder, OwnContainer, ProviderPlan } from '../plan.ts';
import type { EvaluationInput, ProviderOutcome } from '../provider.ts';
import type { Toolbox } from '../toolbox.ts';
import {
  type ConfigFile,
  configFile,
  FILE_VARIABLE,
  type PlacedFile,
  placeFile,
  VARIABLES,
  VOLUME,
} from './aws-config-file.ts';
import { fitChained } from './aws-forms.ts';
import { knownSessionName } from './aws-session-name.ts';

const TARGET = 'cwii.dev/aws-target-role-arn';
const EXTERNAL_ID = 'cwii.dev/aws-external-id';
const SESSION = 'cwii.dev/aws-role-session-name';
const ROLE_VARIABLE = 'AWS_ROLE_ARN';

/** AssumeRole in the STS API reference. It excludes the line breaks that would end a line of the file. */
export const EXTERNAL_ID_FORMAT = /^[\w+=,.@:/-]{2,1224}$/;

/** @param outcome that of the role of the pod alone. */
export function evaluateTarget(outcome: ProviderOutcome, input: EvaluationInput, tools: Toolbox): ProviderOutcome {
  const { resolution } = input;
  const target = resolution.get(TARGET);
  const externalId = resolution.get(EXTERNAL_ID);
  const unused = (code: 'aws-external-id-unused' | 'aws-target-role-unused', at: Explicit<string>) => ({
    ...outcome,
    findings: [...outcome.findings, tools.findingFrom(code, rareAwsFindings[code], tools.locationOf(at), {})],
  });
  if (resolution.get('cwii.dev/aws-inject')?.value === false) return outcome;
  if (!target) return externalId ? unused('aws-external-id-unused', externalId) : outcome;
  const role = resolution.get('cwii.dev/aws-role-arn');
  if (!role && (outcome.kind === 'inject' || outcome.kind === 'not-requested')) {
    return unused('aws-target-role-unused', target);
  }
  if (!role || outcome.kind !== 'inject') return outcome;
  const refuse = (code: InvalidRareAwsCode, at: Explicit<string>) =>
    tools.invalid(code, at, 'AWS', input, undefined, rareAwsFindings[code]);
  if (!tools.ROLE_ARN.test(target.value)) return refuse('aws-target-role-invalid', target);
  if (partitionOf(target.value) !== partitionOf(role.value)) return refuse('aws-target-role-foreign', target);
  if (externalId && !EXTERNAL_ID_FORMAT.test(externalId.value)) return refuse('aws-external-id-invalid', externalId);
  const denied = tools.checkValue(target, 'awsRoleArn', input);
  if (denied.length > 0) return { kind: 'deny', findings: denied };
  const chain = { role: role.value, target: target.value, externalId: externalId?.value };
  return {
    ...outcome,
    variables: [...(outcome.variables ?? []), ...VARIABLES],
    planFor: (pod) => planChain(outcome.planFor(pod), chain, pod, input, tools),
    findings: [...outcome.findings, ...findLateSession(input, tools)],
  };
}

function partitionOf(arn: string): string | undefined {
  return arn.split(':')[1];
}

/** The session name is in the file, which is written now. */
function findLateSession(input: EvaluationInput, tools: Toolbox): Finding[] {
  const session = input.resolution.get(SESSION);
  if (!session?.value.includes('$(pod.') || !input.pod) return [];
  if (knownSessionName(session.value, input, input.pod) !== undefined) return [];
  const code = 'aws-session-name-late';
  return [tools.findingFrom(code, rareAwsFindings[code], tools.locationOf(session), {})];
}

/** @param direct the plan of the pod without the second role. */
function planChain(
  direct: ProviderPlan,
  roles: Pick<ConfigFile, 'role' | 'target' | 'externalId'>,
  pod: Pod,
  input: EvaluationInput,
  tools: Toolbox,
): ProviderPlan {
  const file = placeFile(pod, input, tools);
  const hasFile = pod.volumes.some(({ name }) => name === VOLUME);
  const { principal: _, staticKeys: __, ...rest } = direct;
  const session = input.resolution.get(SESSION)?.value;
  const content = configFile({
    ...roles,
    tokenPath: direct.fileVariable?.value ?? '',
    region: direct.extras.find(({ name }) => name === 'AWS_REGION')?.value,
    session: session === undefined ? undefined : knownSessionName(session, input, pod),
  });
  const plan: ProviderPlan = {
    ...rest,
    volumes: [...direct.volumes, file.volume],
    mounts: [...direct.mounts, file.mount],
    fileVariable: file.variable,
    identity: file.identity,
    forContainer: (container, mayBeOurs) => fitChained({ chained: plan, direct, hasFile }, container, mayBeOurs),
    examine: (containers, object) => [
      ...containers.flatMap((container) => findBypass(container, direct, object, tools)),
      ...direct.examine(
        containers.map((container) => asOthers(container, file.variable)),
        object,
      ),
    ],
    ownContainers: direct.ownContainers.map((own) => ({ ...own, container: chained(own.container, direct, file) })),
    annotations: { ...direct.annotations, [tools.AWS_CONFIG]: content },
  };
  return plan;
}

/** A container that sets the role of the pod itself; another role of its own is a choice. */
function findBypass(
  { name: container, view }: IdentityHolder,
  { identity, principals }: ProviderPlan,
  object: string,
  { findingFrom }: Toolbox,
): Finding[] {
  const role = identity.find(({ name }) => name === ROLE_VARIABLE)?.value;
  const sets = view.env?.some(({ name, value }) => name === ROLE_VARIABLE && value === role) ?? false;
  if (!sets || principals?.of.has(container)) return [];
  const code = 'aws-target-role-bypassed';
  const place = { key: ROLE_VARIABLE, scope: 'pod', object } as const;
  return [findingFrom(code, rareAwsFindings[code], place, { container })];
}

/** The container as the checks of other credentials see it: the file of cwii is none of them. */
function asOthers(container: IdentityHolder, file: EnvVar): IdentityHolder {
  if (container.variables.get(FILE_VARIABLE)?.value !== file.value) return container;
  const variables = new Map(container.variables);
  variables.delete(FILE_VARIABLE);
  return { ...container, variables };
}

/** The container that verifies the identity, with the file in place of the variables of the first role. */
function chained(container: OwnContainer, { identity, mounts }: ProviderPlan, file: PlacedFile): OwnContainer {
  const others = container.env.filter(({ name }) => !identity.some((variable) => variable.name === name));
  const [token, ...further] = container.volumeMounts;
  return {
    ...container,
    env: [...file.identity, ...others],
    volumeMounts: [...(token ? [token] : mounts), file.mount, ...further],
  };
}
