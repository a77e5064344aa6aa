// Checks that constructs make at synth. Their errors begin with the path of the construct.

import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type Issuer, parseIssuer } from '../cluster-file/issuer-url.ts';
import type { ErrorCode } from '../lib/common/error-codes.ts';
import { CwiiError } from '../lib/common/errors.ts';

/** An error of a construct. @param at the construct, or the path of one that does not exist yet. */
export function constructError(at: IConstruct | string, code: ErrorCode, message: string, cause?: unknown): CwiiError {
  return new CwiiError(code, `${typeof at === 'string' ? at : at.node.path}: ${message}`, { cause });
}

/** Calls `parse`. An error that it throws gets this code and the path of the construct. */
export function parseAtSynth<Parsed>(scope: IConstruct, code: ErrorCode, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    throw constructError(scope, code, (error as Error).message, error);
  }
}

/**
 * The issuer as trust policies need it. CloudFormation cannot fill in condition keys at deployment.
 *
 * @throws {CwiiError} `issuer-unknown-at-synth` or `issuer-invalid`.
 */
export function parseIssuerAtSynth(scope: IConstruct, url: string): Issuer {
  if (Token.isUnresolved(url)) {
    throw constructError(
      scope,
      'issuer-unknown-at-synth',
      "the issuer is known only at deployment, but it becomes part of the condition keys of trust policies; pass the URL as a string. For CloudFront's own name deploy twice, as the documentation of HostedIssuer describes",
    );
  }
  try {
    return parseIssuer(url);
  } catch (error) {
    throw constructError(scope, 'issuer-invalid', `issuer ${(error as Error).message}`, error);
  }
}
