// Checks Lambda's limit on the size of a function's environment at synth, and names the largest variables.

import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { constructError } from './synth-checks.ts';

/**
 * The limit in bytes for all variables together, serialized as JSON. Source: Lambda quotas, "Function
 * environment variables", 4 KB. That Lambda measures JSON follows from its error message ("String measured").
 */
const LIMIT = 4096;
/** The size that is assumed for a value known only at deployment, which is an ARN. */
const UNKNOWN_VALUE = '?'.repeat(160);

/** @throws {CwiiError} `environment-too-large`, with the largest variables and ways to shorten them. */
export function checkEnvironmentSize(scope: Construct, environment: Readonly<Record<string, string>>): void {
  const measured = Object.entries(environment).map(
    ([name, value]) => [name, Token.isUnresolved(value) ? UNKNOWN_VALUE : value] as const,
  );
  const size = sizeOf(Object.fromEntries(measured));
  if (size <= LIMIT) return;
  const largest = measured
    .map(([name, value]) => ({ name, bytes: sizeOf(value) }))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, 3);
  const remedies = new Set(largest.flatMap(({ name }) => remedyFor(name)));
  throw constructError(
    scope,
    'environment-too-large',
    [
      `the function's environment takes ${size} bytes, but Lambda allows ${LIMIT}.`,
      `The largest variables are ${largest.map(({ name, bytes }) => `${name} (${bytes})`).join(', ')}.`,
      ...remedies,
    ].join(' '),
  );
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function remedyFor(variable: string): string[] {
  if (variable === 'CWII_KUBE_CA')
    return [
      "Instead of a CA bundle pass only the certificate that signed the API server's certificate; a root with an EC key takes a third of the bytes of one with RSA.",
    ];
  if (variable.startsWith('CWII_ALLOWED_')) return ['Replace several guard rail patterns by one with *.'];
  return [];
}
