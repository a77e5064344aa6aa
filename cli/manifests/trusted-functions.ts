// The functions of a cluster's stack that the cluster trusts, and their users in the cluster.

import { ISSUER_USER, WEBHOOK_USER } from './names.ts';
import type { StackOutputs } from './stack-outputs.ts';

export interface TrustedFunction {
  /** `cwii:webhook` or `cwii:issuer`. */
  readonly username: string;
  /** The function's execution role, which is the `sub` of its tokens. */
  readonly roleArn: string;
}

/**
 * A function that the cluster recognizes by its own ARN as well. A version or an alias in the ARN is ignored.
 */
export interface TrustedFunctionWithArn extends TrustedFunction {
  readonly functionArn: string;
}

type NonEmpty<Item> = readonly [Item, ...Item[]];

/** @throws {CwiiError} `output-missing`. */
export function trustedFunctions(outputs: StackOutputs, hostsIssuer: boolean): NonEmpty<TrustedFunction> {
  return mapFunctions(hostsIssuer, (username, name) => ({ username, roleArn: outputs.get(`${name}RoleArn`) }));
}

/** @throws {CwiiError} `output-missing`. */
export function trustedFunctionsWithArn(outputs: StackOutputs, hostsIssuer: boolean): NonEmpty<TrustedFunctionWithArn> {
  return mapFunctions(hostsIssuer, (username, name) => ({
    username,
    roleArn: outputs.get(`${name}RoleArn`),
    functionArn: outputs.get(`${name}FunctionArn`),
  }));
}

function mapFunctions<Item>(
  hostsIssuer: boolean,
  create: (username: string, name: 'Webhook' | 'Issuer') => Item,
): NonEmpty<Item> {
  return [create(WEBHOOK_USER, 'Webhook'), ...(hostsIssuer ? [create(ISSUER_USER, 'Issuer')] : [])];
}
