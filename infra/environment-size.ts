// Lambda's limit on a function's environment, checked at synth, where the message can say what is large.

import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { CwiiError } from '../lib/errors.ts';

/** Bytes. Source: Lambda quotas, "Function environment variables", 4 KB; Lambda measures them as one JSON object. */
export const ENVIRONMENT_LIMIT = 4096;
/** What is allowed for a value that only deployment knows: an ARN. */
const UNKNOWN_VALUE = 160;

/** @throws {CwiiError} `environment-too-large`, naming the largest variables. */
export function checkEnvironmentSize(scope: Construct, environment: Readonly<Record<string, string>>): void {
  const sizes = Object.entries(environment)
    .map(([name, value]) => ({ name, bytes: sizeOf({ [name]: value }) }))
    .sort((one, other) => other.bytes - one.bytes);
  const total = sizeOf(environment);
  if (total <= ENVIRONMENT_LIMIT) return;
  const largest = sizes.slice(0, 3).map(({ name, bytes }) => `${name} ${bytes}`);
  throw new CwiiError(
    'environment-too-large',
    `${scope.node.path}: the function's environment has ${total} bytes, and Lambda takes ${ENVIRONMENT_LIMIT}. Largest: ${largest.join(', ')}. Of CWII_KUBE_CA only the API server's root is needed; lists of patterns shrink by "*".`,
  );
}

function sizeOf(environment: Readonly<Record<string, string>>): number {
  const known = Object.entries(environment).map(([name, value]) => [
    name,
    Token.isUnresolved(value) ? 'x'.repeat(UNKNOWN_VALUE) : value,
  ]);
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(known)));
}
