// AWS: the variables by which its SDKs and CLI find a web identity, and what they accept in them.

import { annotationFinding, type Finding } from '../annotations/findings.ts';
import type { Explicit, Resolution } from '../annotations/resolve.ts';
import { type EnvVar, literal } from '../injection/plan.ts';
import type { PlanInput, Provider, ProviderOutcome } from './provider.ts';
import { projectToken, readExpiration } from './token.ts';
import { planVerifier } from './verifier.ts';

/** An IAM role in any partition (aws, aws-cn, aws-us-gov, …), with an optional path. IAM reference, "IAM ARNs". */
const ROLE_ARN = /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/([!-~]{1,510}\/)?[\w+=,.@-]{1,64}$/;
/** Region codes such as us-east-1, us-gov-west-1, eusc-de-east-1. */
const REGION = /^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/;
/** RoleSessionName in the STS API reference, AssumeRoleWithWebIdentity. */
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;

/** Static keys come first in every SDK's chain, before the web identity. */
const STATIC_KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

export const aws: Provider = {
  id: 'aws',

  plan(input) {
    const { resolution, pod, settings } = input;
    const role = resolution.get('cwii.dev/aws-role-arn');
    const inject = resolution.get('cwii.dev/aws-inject');

    if (inject?.value === false) return { kind: 'not-asked', findings: [] };
    const asked: Explicit<unknown> | undefined = role ?? (inject?.value ? inject : undefined);
    if (!asked) return { kind: 'not-asked', findings: [] };

    const skip = (finding: Finding): ProviderOutcome => ({ kind: 'skip', findings: [finding] });
    if (!settings.enabled) {
      return skip(
        annotationFinding(
          'provider-disabled',
          asked,
          'AWS is switched off on this webhook, so nothing is injected; ask the cluster owner (CWII_AWS_ENABLED) or remove it',
        ),
      );
    }
    if (!role) {
      return skip(
        annotationFinding(
          'aws-role-missing',
          asked,
          'no role is set, so nothing is injected for AWS; set cwii.dev/aws-role-arn',
        ),
      );
    }
    if (!ROLE_ARN.test(role.value)) {
      const severity = input.severityOfInvalid(role);
      const effect = severity === 'deny' ? '' : ', so nothing is injected for AWS';
      const finding = annotationFinding(
        'aws-role-arn-invalid',
        role,
        `not the ARN of an IAM role${effect}; write arn:aws:iam::<12-digit account>:role/<name>`,
        severity,
      );
      return { kind: severity === 'deny' ? 'deny' : 'skip', findings: [finding] };
    }
    if (!pod.hasServiceAccount) {
      return skip(
        annotationFinding(
          'service-account-missing',
          role,
          'the pod names no ServiceAccount whose token could be projected, so nothing is injected; set spec.serviceAccountName',
        ),
      );
    }
    return planIdentity(input, role.value);
  },
};

function planIdentity(input: PlanInput, roleArn: string): ProviderOutcome {
  const { resolution, settings } = input;
  const expiration = readExpiration(resolution.get('cwii.dev/aws-token-expiration'), input.tokenExpiration);
  const audience = resolution.get('cwii.dev/aws-audience')?.value ?? settings.defaultAudience;
  const token = projectToken('aws', input.mountRoot, { audience, expirationSeconds: expiration.seconds });
  const tokenFile = literal('AWS_WEB_IDENTITY_TOKEN_FILE', token.path);
  const identity = [literal('AWS_ROLE_ARN', roleArn), tokenFile];
  const extras = readExtras(resolution);
  const verification = planVerifier(input, {
    name: 'cwii-aws-verify',
    cloud: 'AWS',
    keys: { verify: 'cwii.dev/aws-verify', enforce: 'cwii.dev/aws-verify-enforce', image: 'cwii.dev/aws-verify-image' },
    // The CLI's own timeouts are a minute each; a pod's start must not hang on a cloud that does not answer.
    check: 'aws sts get-caller-identity --cli-connect-timeout 5 --cli-read-timeout 10',
    env: [
      ...identity,
      ...extras.env,
      literal('AWS_MAX_ATTEMPTS', '2'),
      literal('AWS_EC2_METADATA_DISABLED', 'true'),
      literal('AWS_PAGER', ''),
    ],
    mounts: [token.mount],
    memory: { request: '64Mi', limit: '256Mi' },
  });
  return {
    kind: 'inject',
    plan: {
      provider: 'aws',
      tokenVolume: token.volume,
      tokenMount: token.mount,
      tokenFile,
      identity,
      extras: extras.env,
      staticKeys: STATIC_KEYS,
      ...(verification.verifier && { verifier: verification.verifier }),
      findings: { identityKept: 'aws-identity-kept', staticKeys: 'aws-static-keys' },
    },
    findings: [...expiration.findings, ...extras.findings, ...verification.findings],
  };
}

/** Region and session name: useful, but no identity fails for want of them, so a bad one is left out. */
function readExtras(resolution: Resolution): { env: EnvVar[]; findings: Finding[] } {
  const env: EnvVar[] = [];
  const findings: Finding[] = [];
  const region = resolution.get('cwii.dev/aws-region');
  if (region && REGION.test(region.value)) env.push(literal('AWS_REGION', region.value));
  else if (region) {
    findings.push(
      annotationFinding(
        'aws-region-invalid',
        region,
        'not a region code, so AWS_REGION is not set; write one such as us-east-1',
      ),
    );
  }
  const session = resolution.get('cwii.dev/aws-role-session-name');
  if (session && SESSION_NAME.test(session.value)) env.push(literal('AWS_ROLE_SESSION_NAME', session.value));
  else if (session) {
    findings.push(
      annotationFinding(
        'aws-session-name-invalid',
        session,
        'not what STS accepts, so AWS_ROLE_SESSION_NAME is not set; use 2 to 64 letters, digits and _+=,.@-',
      ),
    );
  }
  return { env, findings };
}
