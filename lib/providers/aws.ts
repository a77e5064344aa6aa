// AWS: the variables through which its SDKs and CLI find a web identity, and the values that they accept.

import { type Finding, findingOf, locationOf } from '../annotations/findings.ts';
import type { Resolution } from '../annotations/resolve.ts';
import { containersIn } from '../kubernetes/pod.ts';
import { ROLE_ARN } from '../settings/formats.ts';
import { planRegion, type RegionPlan } from './aws-region.ts';
import { awsSettings } from './network-settings.ts';
import { checkOtherCredentials, type OtherCredential, STATIC_KEYS } from './other-credentials.ts';
import { type EnvVar, literal, podField } from './plan.ts';
import type { CloudInfo, CloudProvider, EvaluationInput, Extras, Principal, ProviderOutcome } from './provider.ts';
import {
  checkAudience,
  checkAudienceLength,
  checkRequest,
  checkValue,
  invalid,
  switchOf,
  withhold,
} from './request-checks.ts';
import { projectToken, readExpiration } from './token.ts';
import { readVerification } from './verifier.ts';

/** RoleSessionName in the STS API reference, AssumeRoleWithWebIdentity. */
export const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const LONGEST_SESSION_NAME = 64;

/** Session names that refer to the pod, and the field of each. */
const POD_FIELDS: Readonly<Record<string, string>> = { '$(pod.name)': 'metadata.name', '$(pod.uid)': 'metadata.uid' };

const PYTHON_TOOLS = 'boto3 and the AWS CLI';
const MOST_TOOLS = 'boto3, the AWS CLI, JavaScript and Rust';

function profile(variable: string, tools: string): OtherCredential {
  return {
    variables: [variable],
    what: `a profile, which ${tools} can prefer`,
    empty: `an empty profile, on which ${PYTHON_TOOLS} fail`,
  };
}

/** docs/aws.md says what each SDK does; test/sdk/other-credentials.test.ts shows it for JavaScript. */
export const awsCredentials: readonly OtherCredential[] = [
  { variables: ['AWS_ACCESS_KEY_ID'], code: 'aws-static-keys', what: STATIC_KEYS },
  { variables: ['AWS_ACCESS_KEY', 'AWS_SECRET_KEY'], what: 'keys, which Go prefers' },
  profile('AWS_PROFILE', MOST_TOOLS),
  profile('AWS_DEFAULT_PROFILE', PYTHON_TOOLS),
  { variables: ['AWS_SHARED_CREDENTIALS_FILE'], what: 'a file, whose keys JavaScript and Rust prefer' },
  { variables: ['AWS_CONFIG_FILE'], what: `a file, whose roles ${MOST_TOOLS} prefer` },
];
const checkCredentials = checkOtherCredentials(awsCredentials);

const ROLE_VARIABLE = 'AWS_ROLE_ARN';
const FILE_VARIABLE = 'AWS_WEB_IDENTITY_TOKEN_FILE';

const principal: Principal = { variable: ROLE_VARIABLE, staticKeys: ['AWS_ACCESS_KEY_ID'] };

const self: CloudInfo = {
  id: 'aws',
  cloud: 'AWS',
  trigger: 'cwii.dev/aws-role-arn',
  injectKey: 'cwii.dev/aws-inject',
  identityVariables: [ROLE_VARIABLE, FILE_VARIABLE],
  principal,
  footprint: { volumes: ['cwii-aws-token'], fileVariables: [FILE_VARIABLE] },
  furtherVariables: [
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_ROLE_SESSION_NAME',
    'AWS_STS_REGIONAL_ENDPOINTS',
    // The session name can refer to them.
    'CWII_POD_NAME',
    'CWII_POD_UID',
  ],
  disabledBy: switchOf('aws'),
};

export const aws: CloudProvider = {
  ...self,

  evaluate(input) {
    const { resolution } = input;
    const { containerRoles } = resolution;
    const [firstRole] = containerRoles.values();
    const { request, outcome } = checkRequest(self, input, firstRole);
    if (!request) return outcome;
    const role = resolution.get('cwii.dev/aws-role-arn');
    if (role && !ROLE_ARN.test(role.value)) return invalid('aws-role-arn-invalid', role, self.cloud, input);
    const roles = readContainerRoles(input, role !== undefined);
    const audience = resolution.get('cwii.dev/aws-audience');
    const long = checkAudienceLength([audience], self.cloud, input);
    if (long) return long;
    const denied = [
      ...checkValue(role, 'awsRoleArn', input),
      ...roles.findings.filter(({ severity }) => severity === 'deny'),
      ...checkAudience(audience, input),
      ...checkValue(resolution.get('cwii.dev/aws-region'), 'awsRegion', input),
    ];
    if (denied.length > 0) return { kind: 'deny', findings: denied };
    const [other] = [...roles.of.values()].filter((variable) => variable !== undefined);
    const main = role ? literal(ROLE_VARIABLE, role.value) : other;
    if (main) {
      // The partition of a role from a Secret or ConfigMap is not known.
      const arn = (role ?? firstRole)?.value ?? main.value ?? 'arn:aws';
      const region = planRegion(input, arn, role ?? firstRole ?? request);
      return evaluateIdentity(input, region, main, roles, audience?.value);
    }
    if (roles.findings.length > 0) return { kind: 'withheld', findings: roles.findings };
    return withhold(findingOf('aws-role-missing', locationOf(request)));
  },
};

interface ContainerRoles {
  readonly of: ReadonlyMap<string, EnvVar | undefined>;
  /** Whether the other containers get the pod's role. */
  readonly others: boolean;
  readonly findings: readonly Finding[];
}

/** The roles of single containers. Without a role of the pod, those that containers set themselves count. */
function readContainerRoles(input: EvaluationInput, others: boolean): ContainerRoles {
  const of = new Map<string, EnvVar | undefined>();
  const findings: Finding[] = [];
  const { resolution, pod } = input;
  const containers = pod && containersIn(pod);
  for (const { name, env } of (others ? [] : containers) ?? []) {
    const own: EnvVar | undefined = env?.find((variable) => variable.name === ROLE_VARIABLE) as EnvVar | undefined;
    if (own?.value || own?.valueFrom) of.set(name, own);
  }
  for (const [container, role] of resolution.containerRoles) {
    const isValid = ROLE_ARN.test(role.value);
    if (isValid) findings.push(...checkValue(role, 'awsRoleArn', input));
    else
      findings.push(
        ...invalid('aws-role-arn-invalid', role, self.cloud, input, `container ${container} gets none`).findings,
      );
    if (!of.has(container)) of.set(container, isValid ? literal(ROLE_VARIABLE, role.value) : undefined);
    if (containers && !containers.some(({ name }) => name === container)) {
      findings.push(findingOf('container-unknown', locationOf(role), { names: container }));
    }
  }
  return { of, others, findings };
}

function evaluateIdentity(
  input: EvaluationInput,
  region: RegionPlan,
  main: EnvVar,
  roles: ContainerRoles,
  audience = input.settings.providers.aws.defaultAudience,
): ProviderOutcome {
  const { resolution, settings } = input;
  const expiration = readExpiration(resolution.get('cwii.dev/aws-token-expiration'), settings.tokenExpiration);
  const session = readSessionName(input);
  const extras = [...region.env, ...session.env, ...readRegionalEndpoints(resolution)];
  const verification = readVerification(self, input);
  return {
    kind: 'inject',
    planFor(pod) {
      const chosen = { audience, expirationSeconds: expiration.seconds };
      const token = projectToken('aws', settings.mountRoot, pod.windows, chosen);
      const fileVariable = literal(FILE_VARIABLE, token.path);
      const identity = [main, fileVariable];
      return {
        provider: 'aws',
        volumes: [token.volume],
        mounts: [token.mount],
        fileVariable,
        identity,
        principal: principal.variable,
        staticKeys: principal.staticKeys,
        ...(roles.of.size > 0 && { principals: roles }),
        extras,
        extrasForOwnIdentity: true,
        synonyms: [region.synonyms],
        examine: (containers, object) => [
          ...region.examine(containers, object),
          ...checkCredentials(containers, object),
        ],
        ownContainers: verification.planFor(pod, {
          // The CLI's default timeouts are a minute each; a pod's start must not hang on a cloud that does
          // not answer.
          check: 'aws sts get-caller-identity --cli-connect-timeout 5 --cli-read-timeout 10',
          env: [
            ...identity,
            ...extras,
            literal('AWS_MAX_ATTEMPTS', '2'),
            literal('AWS_EC2_METADATA_DISABLED', 'true'),
            literal('AWS_PAGER', ''),
          ],
          mounts: [token.mount],
          memoryLimit: '256Mi',
          inherits: awsSettings,
        }),
        annotations: {},
        findings: { identityKept: 'aws-identity-kept' },
      };
    },
    findings: [
      ...roles.findings,
      ...expiration.findings,
      ...region.findings,
      ...session.findings,
      ...verification.findings,
    ],
  };
}

function readSessionName({ resolution, pod, sessionName }: EvaluationInput): Extras {
  if (sessionName) return sessionName;
  const session = resolution.get('cwii.dev/aws-role-session-name');
  if (!session) return { env: [], findings: [] };
  const field = Object.hasOwn(POD_FIELDS, session.value) ? POD_FIELDS[session.value] : undefined;
  if (field !== undefined) {
    const long = field === 'metadata.name' && (pod?.longestName ?? 0) > LONGEST_SESSION_NAME;
    const finding = () => findingOf('aws-session-name-long', locationOf(session), { longest: LONGEST_SESSION_NAME });
    return { env: [podField('AWS_ROLE_SESSION_NAME', field)], findings: long ? [finding()] : [] };
  }
  if (SESSION_NAME.test(session.value)) {
    return { env: [literal('AWS_ROLE_SESSION_NAME', session.value)], findings: [] };
  }
  return { env: [], findings: [findingOf('aws-session-name-invalid', locationOf(session))] };
}

function readRegionalEndpoints(resolution: Resolution): EnvVar[] {
  const regional = resolution.get('cwii.dev/aws-sts-regional-endpoints')?.value;
  return regional ? [literal('AWS_STS_REGIONAL_ENDPOINTS', 'regional')] : [];
}
