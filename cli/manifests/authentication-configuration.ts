// AuthenticationConfiguration: maps web identity tokens of the AWS account to users of the cluster.

import type { AuthenticationApiVersion } from '../../cluster-file/kubernetes-version.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { celString } from './cel.ts';
import type { Commented } from './commented-yaml.ts';
import type { TrustedFunctionWithArn } from './trusted-functions.ts';

export interface WebIdentityTrust {
  /** The issuer of the account's outbound identity federation, `https://<uuid>.tokens.sts.global.api.aws`. */
  readonly issuer: string;
  /** The audience of this cluster only, such as `cwii:prod`. Tokens for other clusters are not accepted. */
  readonly audience: string;
  /** `v1` is known from Kubernetes 1.34, `v1beta1` from 1.30. */
  readonly apiVersion: AuthenticationApiVersion;
  readonly functions: readonly [TrustedFunctionWithArn, ...TrustedFunctionWithArn[]];
}

/**
 * The claim with the facts that STS knows about the caller (IAM User Guide, "Outbound identity federation").
 */
const STS_CLAIMS = 'https://sts.amazonaws.com/';
const ROLE = /^arn:aws(-[a-z]+)*:iam::(?<account>\d{12}):role\/.+$/;
const FUNCTION = /^(?<unqualified>arn:aws(-[a-z]+)*:lambda:[a-z0-9-]+:(?<account>\d{12}):function:[\w-]+)(:[\w$-]+)?$/;

/**
 * An AuthenticationConfiguration (apiserver.config.k8s.io) with one issuer.
 *
 * It does not set `anonymous`, so the API server uses its flag. The API server does not start with both.
 *
 * @throws {CwiiError} `manifest-input-invalid` if ARNs are invalid or belong to several accounts.
 */
export function authenticationConfiguration(trust: WebIdentityTrust): object {
  const functions = trust.functions.map(({ username, roleArn, functionArn }) => {
    const account = ROLE.exec(roleArn)?.groups?.['account'];
    const parts = FUNCTION.exec(functionArn)?.groups;
    if (account === undefined) throw invalid(`"${roleArn}" is not the ARN of an IAM role`);
    if (parts === undefined) throw invalid(`"${functionArn}" is not the ARN of a Lambda function`);
    if (parts['account'] !== account) throw invalid(`${functionArn} and ${roleArn} are in different accounts`);
    return { username, roleArn, account, functionArn: parts['unqualified'] ?? '' };
  });
  const account = functions[0]?.account ?? '';
  if (functions.some((one) => one.account !== account)) throw invalid('the functions are in different accounts');
  const [first, ...others] = functions;
  return {
    apiVersion: `apiserver.config.k8s.io/${trust.apiVersion}`,
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: { url: trust.issuer, audiences: [trust.audience] },
        claimValidationRules: [
          {
            expression: `${stsClaim('aws_account')} == ${celString(account)}`,
            message: `the token does not come from the AWS account ${account}`,
          },
          {
            expression: functions.map(isFunction).join(' ||\n'),
            message: `the token does not come from a function of cwii for this cluster (${trust.audience})`,
          },
        ],
        claimMappings: {
          username: {
            expression: others.reduceRight(
              (otherwise, { roleArn, username }) =>
                `claims.sub == ${celString(roleArn)} ? ${celString(username)} : ${otherwise}`,
              celString(first?.username ?? ''),
            ),
          },
        },
      },
    ],
  };
}

/** The same with comments, for the file. */
export function commentedAuthenticationConfiguration(trust: WebIdentityTrust): Commented {
  return {
    object: authenticationConfiguration(trust),
    comments: {
      'jwt.0.issuer.url':
        "The account's issuer, from which the API server fetches the keys. It must be able to connect to it (port 443).",
      'jwt.0.issuer.audiences':
        'The audience of this cluster only, so that a token sent to another cluster is not valid here.',
      'jwt.0.claimValidationRules.1':
        'Both the role and the function must match: another function with this role is rejected, and so is this function with another role.',
      'jwt.0.claimMappings.username':
        'No groups: the user has only the permissions in rbac.yaml, and those of every authenticated user.',
    },
  };
}

function isFunction({ roleArn, functionArn }: { roleArn: string; functionArn: string }): string {
  // The colon makes ARNs with and without a version or alias match, but not those of functions with a longer
  // name.
  const ofFunction = `(${stsClaim('lambda_source_function_arn')} + ':').startsWith(${celString(`${functionArn}:`)})`;
  return `(claims.sub == ${celString(roleArn)} &&\n ${ofFunction})`;
}

function stsClaim(name: string): string {
  return `claims[?${celString(STS_CLAIMS)}].?${name}.orValue('')`;
}

function invalid(problem: string): CwiiError {
  return new CwiiError(
    'manifest-input-invalid',
    `AuthenticationConfiguration: ${problem}; use the outputs of the deployed stack unchanged`,
  );
}
