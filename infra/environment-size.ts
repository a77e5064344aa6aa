// Lambda's limit on a function's environment, checked at synth, where the message can say what is large.

import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { CwiiError } from '../lib/common/errors.ts';

/**
 * Bytes of all variables together, written as JSON. Source: Lambda quotas, "Function environment variables", 4 KB; that
 * they are counted as JSON is in the words of Lambda's refusal ("String measured").
 */
const LIMIT = 4096;
/** What is allowed for a value that only deployment knows: an ARN. */
const UNKNOWN_VALUE = '?'.repeat(160);

/** @throws {CwiiError} `environment-too-large`, naming the largest variables and what makes them smaller. */
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
  throw new CwiiError(
    'environment-too-large',
    [
      `${scope.node.path}: the function's environment takes ${size} bytes, and Lambda allows ${LIMIT}.`,
      `The largest: ${largest.map(({ name, bytes }) => `${name} (${bytes})`).join(', ')}.`,
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
      "Of the API server's CA keep only the certificate that signed its own, not a bundle; a root with an EC key takes a third of one with RSA.",
    ];
  if (variable.startsWith('CWII_ALLOWED_')) return ['In guard rails, let one pattern with * stand for several.'];
  return [];
}
