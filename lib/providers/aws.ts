// AWS: the variables by which its SDKs and CLI find a web identity, and what they accept in them.

import { annotationFinding, type Finding } from '../annotations/findings.ts';
import type { Resolution } from '../annotations/resolve.ts';
import { type EnvVar, literal, podField } from '../injection/plan.ts';
import { checkAudience, invalid, notAllowed, skip, whoAsks } from './asking.ts';
import type { PlanInput, Provider, ProviderOutcome } from './provider.ts';
import { projectToken, readExpiration } from './token.ts';
import { planVerifier } from './verifier.ts';

/** An IAM role in any partition (aws, aws-cn, aws-us-gov, …), with an optional path. IAM reference, "IAM ARNs". */
export const ROLE_ARN = /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/([!-~]{1,510}\/)?[\w+=,.@-]{1,64}$/;
/** Region codes such as us-east-1, us-gov-west-1, eusc-de-east-1. The bound is ours: every container gets a copy. */
const REGION = /^[a-z]{2,5}(-[a-z]{1,16}){1,3}-\d{1,2}$/;
/** RoleSessionName in the STS API reference, AssumeRoleWithWebIdentity. */
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const LONGEST_SESSION_NAME = 64;

/** Session names that stand for the pod, and the field that each becomes. */
const POD_FIELDS: Readonly<Record<string, string>> = { '$(pod.name)': 'metadata.name', '$(pod.uid)': 'metadata.uid' };

/** Static keys come first in every SDK's chain, before the web identity. */
const STATIC_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

const self = { id: 'aws', cloud: 'AWS', trigger: 'cwii.dev/aws-role-arn' } as const;

export const aws: Provider = {
  ...self,

  plan(input) {
    const { asked, outcome } = whoAsks(self, input);
    if (!asked) return outcome;
    const role = input.resolution.get('cwii.dev/aws-role-arn');
    if (!role) {
      const message = 'no role is set, so nothing is injected for AWS; set cwii.dev/aws-role-arn';
      return skip(annotationFinding('aws-role-missing', asked, message));
    }
    if (!ROLE_ARN.test(role.value)) {
      const words = {
        problem: 'not the ARN of an IAM role',
        remedy: 'write arn:aws:iam::<12-digit account>:role/<name>',
      };
      return invalid('aws-role-arn-invalid', role, self.cloud, words, input);
    }
    const refused = [
      ...notAllowed(role, 'CWII_ALLOWED_ROLE_ARNS', role.value, input),
      ...checkAudience(input.resolution.get('cwii.dev/aws-audience'), input),
    ];
    return refused.length > 0 ? { kind: 'deny', findings: refused } : planIdentity(input, role.value);
  },
};

function planIdentity(input: PlanInput, roleArn: string): ProviderOutcome {
  const { resolution } = input;
  const expiration = readExpiration(resolution.get('cwii.dev/aws-token-expiration'), input.tokenExpiration);
  const audience = resolution.get('cwii.dev/aws-audience')?.value ?? input.providers.aws.defaultAudience;
  const token = projectToken(self.id, input, { audience, expirationSeconds: expiration.seconds });
  const fileVariable = literal('AWS_WEB_IDENTITY_TOKEN_FILE', token.path);
  const identity = [literal('AWS_ROLE_ARN', roleArn), fileVariable];
  const region = readRegion(input, roleArn);
  const session = readSessionName(input);
  const extras = [...region.env, ...session.env, ...readRegionalEndpoints(input)];
  const verification = planVerifier(
    self,
    {
      // The CLI's own timeouts are a minute each; a pod's start must not hang on a cloud that does not answer.
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
    },
    input,
  );
  return {
    kind: 'inject',
    plan: {
      provider: self.id,
      volumes: [token.volume],
      mounts: [token.mount],
      fileVariable,
      identity,
      extras,
      synonyms: [['AWS_REGION', 'AWS_DEFAULT_REGION']],
      staticKeys: STATIC_KEYS,
      ownContainers: verification.containers,
      annotations: {},
      findings: { identityKept: 'aws-identity-kept', staticKeys: 'aws-static-keys' },
    },
    findings: [...expiration.findings, ...region.findings, ...session.findings, ...verification.findings],
  };
}

interface Extras {
  readonly env: readonly EnvVar[];
  readonly findings: readonly Finding[];
}

/** Useful, but no identity fails for want of it, so a bad one is left out. */
function readRegion({ resolution, providers }: PlanInput, roleArn: string): Extras {
  const region = resolution.get('cwii.dev/aws-region');
  if (region && !REGION.test(region.value)) {
    const message = 'not a region code, so AWS_REGION is not set; write one such as us-east-1';
    return { env: [], findings: [annotationFinding('aws-region-invalid', region, message)] };
  }
  const value = region?.value ?? providers.aws.defaultRegion;
  if (value === undefined) return { env: [], findings: findRegionNeeded(resolution, roleArn) };
  const names = providers.aws.setDefaultRegion ? ['AWS_REGION', 'AWS_DEFAULT_REGION'] : ['AWS_REGION'];
  return { env: names.map((name) => literal(name, value)), findings: [] };
}

/** Without a region the SDKs call the STS of the partition `aws`, which knows no role of another one. */
function findRegionNeeded(resolution: Resolution, roleArn: string): Finding[] {
  const role = resolution.get('cwii.dev/aws-role-arn');
  const partition = roleArn.split(':')[1];
  if (!role || partition === 'aws') return [];
  const message = `the role is in the partition ${partition}, and without a region the SDKs call STS in aws; set cwii.dev/aws-region`;
  return [annotationFinding('aws-region-missing', role, message)];
}

function readSessionName({ resolution, pod }: PlanInput): Extras {
  const session = resolution.get('cwii.dev/aws-role-session-name');
  if (!session) return { env: [], findings: [] };
  const field = Object.hasOwn(POD_FIELDS, session.value) ? POD_FIELDS[session.value] : undefined;
  if (field !== undefined) {
    const long = field === 'metadata.name' && pod.nameLength > LONGEST_SESSION_NAME;
    const message = `the pod's name can pass the ${LONGEST_SESSION_NAME} characters that STS accepts, and then no role is assumed; use a shorter name or $(pod.uid)`;
    return {
      env: [podField('AWS_ROLE_SESSION_NAME', field)],
      findings: long ? [annotationFinding('aws-session-name-long', session, message)] : [],
    };
  }
  if (SESSION_NAME.test(session.value)) {
    return { env: [literal('AWS_ROLE_SESSION_NAME', session.value)], findings: [] };
  }
  const message =
    'not what STS accepts, so AWS_ROLE_SESSION_NAME is not set; use 2 to 64 letters, digits and _+=,.@-, or $(pod.name)';
  return { env: [], findings: [annotationFinding('aws-session-name-invalid', session, message)] };
}

function readRegionalEndpoints({ resolution }: PlanInput): EnvVar[] {
  const regional = resolution.get('cwii.dev/aws-sts-regional-endpoints')?.value;
  return regional ? [literal('AWS_STS_REGIONAL_ENDPOINTS', 'regional')] : [];
}
