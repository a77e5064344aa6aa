// AuthenticationConfiguration: which of the account's web identity tokens are users of the cluster, and which user each is.

import { CwiiError } from '../../lib/common/errors.ts';
import { celString } from './cel.ts';
import type { Commented } from './commented-yaml.ts';

/** One function that may come with a token, and who it is in the cluster. */
export interface TrustedFunction {
  /** `cwii:webhook` or `cwii:issuer`. */
  readonly username: string;
  /** The function's execution role: the token's `sub`. */
  readonly roleArn: string;
  /** Of the function; a version or an alias in it is ignored. */
  readonly functionArn: string;
}

export interface WebIdentityTrust {
  /** The account's outbound federation issuer, `https://<uuid>.tokens.sts.global.api.aws`. */
  readonly issuer: string;
  /** The cluster's own, such as `cwii:prod`: a token for another cluster is none for this one. */
  readonly audience: string;
  readonly functions: readonly [TrustedFunction, ...TrustedFunction[]];
}

/** Under this claim AWS puts what STS knows of the caller (IAM User Guide, "Outbound identity federation"). */
const STS_CLAIMS = 'https://sts.amazonaws.com/';
const ROLE = /^arn:aws(-[a-z]+)*:iam::(?<account>\d{12}):role\/.+$/;
const FUNCTION = /^(?<unqualified>arn:aws(-[a-z]+)*:lambda:[a-z0-9-]+:(?<account>\d{12}):function:[\w-]+)(:[\w$-]+)?$/;

/**
 * An AuthenticationConfiguration (apiserver.config.k8s.io/v1, Kubernetes 1.34 and newer) with the one issuer.
 *
 * It has no `anonymous`: the API server then keeps what its flag says, and refuses to start with both.
 *
 * @throws {CwiiError} `manifest-input-invalid` for what is no ARN of a role or function of one account.
 */
export function authenticationConfiguration(trust: WebIdentityTrust): object {
  const functions = trust.functions.map(({ username, roleArn, functionArn }) => {
    const account = ROLE.exec(roleArn)?.groups?.['account'];
    const parts = FUNCTION.exec(functionArn)?.groups;
    if (account === undefined) throw invalid(`"${roleArn}" is not the ARN of an IAM role`);
    if (parts === undefined) throw invalid(`"${functionArn}" is not the ARN of a Lambda function`);
    if (parts['account'] !== account) throw invalid(`${functionArn} and ${roleArn} are of different accounts`);
    return { username, roleArn, account, functionArn: parts['unqualified'] ?? '' };
  });
  const account = functions[0]?.account ?? '';
  if (functions.some((one) => one.account !== account)) throw invalid('the functions are of different accounts');
  const [first, ...others] = functions;
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: [
      {
        issuer: { url: trust.issuer, audiences: [trust.audience] },
        claimValidationRules: [
          {
            expression: `${stsClaim('aws_account')} == ${celString(account)}`,
            message: `the token is not of the AWS account ${account}`,
          },
          {
            expression: functions.map(isFunction).join(' ||\n'),
            message: `the token is of no function of cwii for this cluster (${trust.audience})`,
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
        "The account's own issuer, from which the API server fetches the keys: it needs a way there (port 443).",
      'jwt.0.issuer.audiences': "This cluster's alone, so that what another cluster is shown is worth nothing here.",
      'jwt.0.claimValidationRules.1':
        'The role and the function must both be right: another function with this role, or this function with another role, is nobody.',
      'jwt.0.claimMappings.username':
        'No groups: the user has what rbac.yaml binds to it, and what every authenticated user has.',
    },
  };
}

function isFunction({ roleArn, functionArn }: { roleArn: string; functionArn: string }): string {
  // With a colon at its end, an ARN with a version or an alias and one without begin alike, and no longer name does.
  const ofFunction = `(${stsClaim('lambda_source_function_arn')} + ':').startsWith(${celString(`${functionArn}:`)})`;
  return `(claims.sub == ${celString(roleArn)} &&\n ${ofFunction})`;
}

function stsClaim(name: string): string {
  return `claims[?${celString(STS_CLAIMS)}].?${name}.orValue('')`;
}

function invalid(problem: string): CwiiError {
  return new CwiiError(
    'manifest-input-invalid',
    `AuthenticationConfiguration: ${problem}; take the outputs of the deployed stack as they are`,
  );
}
