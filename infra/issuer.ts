// The issuer at synth: what of it goes into trust policies, whose condition keys cannot be filled in at deployment.

import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { issuerProblem } from '../cluster-file/issuer-url.ts';
import { CwiiError } from '../lib/common/errors.ts';

export interface Issuer {
  /** As in the tokens' `iss`. */
  readonly url: string;
  readonly host: string;
  /** Without `https://`: what IAM's condition keys begin with, and its providers' ARNs end with. */
  readonly hostAndPath: string;
}

/** @throws {CwiiError} `issuer-unknown-at-synth` or `issuer-invalid`. */
export function knownIssuer(scope: Construct, url: string): Issuer {
  if (Token.isUnresolved(url)) {
    throw new CwiiError(
      'issuer-unknown-at-synth',
      `${scope.node.path}: the issuer is known only at deployment, but it becomes part of the names in trust policies; write the URL itself. With CloudFront's own name deploy twice: HostedIssuer tells how`,
    );
  }
  const problem = issuerProblem(url);
  if (problem) throw new CwiiError('issuer-invalid', `${scope.node.path}: issuer ${problem}`);
  const hostAndPath = url.slice('https://'.length);
  return { url, host: new URL(url).hostname, hostAndPath };
}
