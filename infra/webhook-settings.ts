// The webhook function's environment, having passed at synth the parser with which the function starts.

import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ErrorCode } from '../lib/common/error-codes.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { type Config, parseConfig } from '../lib/settings/webhook-config.ts';
import { accessEnvironment, type ClusterAccess } from './cluster-access.ts';

/** SHA-256 digests in hex, one or two of a kind; `cwii caller-token` makes them. The secrets themselves never come here. */
export interface Callers {
  /** Of bearer tokens. */
  readonly tokenSha256?: readonly string[];
  /** Of keys in the path `/k/<key>`, which are weaker: an API server shows the URL of a failed call to the pod's creator. */
  readonly pathKeySha256?: readonly string[];
}

export interface WebhookSettings {
  readonly cluster: ClusterAccess;
  readonly callers: Callers;
  /** Further settings, by the names of docs/configuration.md. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * @returns the environment for Lambda, and what the function will make of it.
 * @throws {CwiiError} `setting-twice`, `setting-unknown-at-synth` or `webhook-config-invalid`, with the construct's path.
 */
export function webhookSettings(
  scope: Construct,
  { cluster, callers, settings = {} }: WebhookSettings,
): { environment: Record<string, string>; config: Config } {
  const refuse = (code: ErrorCode, message: string, cause?: unknown): never => {
    throw new CwiiError(code, `${scope.node.path}: ${message}`, { cause });
  };
  const own = {
    ...accessEnvironment(cluster),
    ...digests('CWII_CALLER_TOKEN_SHA256', callers.tokenSha256),
    ...digests('CWII_PATH_KEY_SHA256', callers.pathKeySha256),
  };
  for (const [name, value] of Object.entries(own)) {
    if ((settings[name] ?? value) !== value)
      refuse('setting-twice', `settings has another ${name} than the other properties make; remove it from settings`);
  }
  const environment: Record<string, string> = { ...settings, ...own };
  const atSynth = { ...environment, ...cluster.credential.environmentAtSynth };
  const unknown = Object.entries(atSynth).filter(([, value]) => Token.isUnresolved(value));
  if (unknown.length > 0) {
    const names = unknown.map(([name]) => name).join(', ');
    refuse('setting-unknown-at-synth', `${names} must be known at synth, so that it can be checked; write the value`);
  }
  try {
    // Lambda sets the region itself; which one it is makes no difference to the check.
    return { environment, config: parseConfig({ AWS_REGION: 'us-east-1', ...atSynth }) };
  } catch (error) {
    return refuse('webhook-config-invalid', (error as Error).message, error);
  }
}

function digests(name: string, values: readonly string[] = []): Record<string, string> {
  return values.length > 0 ? { [name]: values.join(',') } : {};
}
