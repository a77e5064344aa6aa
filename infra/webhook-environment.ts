// The environment of the webhook function, validated at synth by the parser with which the function starts.

import { Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { addressScope, LOOPBACK_PROBLEM } from '../cluster-file/api-address.ts';
import { type Config, parseConfig } from '../lib/settings/webhook-config.ts';
import { accessEnvironment, type ClusterAccess } from './cluster-access.ts';
import { constructError, parseAtSynth } from './synth-checks.ts';

/**
 * Who may call the webhook. Secrets are passed only as SHA-256 digests in hex, one or two of each kind, from
 * `cwii caller-token`.
 */
export interface Callers {
  /** Digests of bearer tokens. */
  readonly tokenSha256?: readonly string[];
  /**
   * Digests of keys in the path `/k/<key>`. They are less secure: when a call fails, the API server shows the
   * URL to the creator of the pod.
   */
  readonly pathKeySha256?: readonly string[];
  /**
   * ServiceAccounts whose tokens are accepted, as `system:serviceaccount:NAMESPACE:NAME`. The function reads
   * the keys of their issuer from the cluster.
   */
  readonly subjects?: readonly string[];
  /**
   * The audiences of these tokens: URLs of the webhook.
   *
   * @default `https://HOST/mutate` with the host of the function's URL
   */
  readonly audiences?: readonly string[];
}

/** The configuration of a webhook. */
export interface WebhookSettings {
  /** The cluster whose pods the webhook admits. */
  readonly cluster: ClusterAccess;
  /** The callers that the webhook answers: the cluster's API servers. */
  readonly callers: Callers;
  /** Further settings, under their names in docs/configuration.md. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * @returns the environment for Lambda, and the configuration that the function reads from it.
 * @throws {CwiiError} `setting-twice`, `setting-unknown-at-synth` or `webhook-config-invalid`, with the
 * construct's path.
 */
export function webhookEnvironment(
  scope: Construct,
  { cluster, callers, settings = {} }: WebhookSettings,
): { environment: Record<string, string>; config: Config } {
  if (cluster.apiUrl !== undefined && addressScope(cluster.apiUrl) === 'loopback')
    throw constructError(scope, 'webhook-config-invalid', `apiUrl is ${cluster.apiUrl}, which ${LOOPBACK_PROBLEM}`);
  const fromProperties = {
    ...accessEnvironment(cluster),
    ...joined('CWII_CALLER_TOKEN_SHA256', callers.tokenSha256),
    ...joined('CWII_PATH_KEY_SHA256', callers.pathKeySha256),
    ...joined('CWII_CALLER_SUBJECTS', callers.subjects),
    ...joined('CWII_CALLER_AUDIENCES', callers.audiences),
  };
  for (const [name, value] of Object.entries(fromProperties)) {
    if ((settings[name] ?? value) !== value)
      throw constructError(
        scope,
        'setting-twice',
        `settings has another value for ${name} than the other properties; remove it from settings`,
      );
  }
  const environment: Record<string, string> = { ...settings, ...fromProperties };
  const atSynth = { ...environment, ...cluster.credential.environmentAtSynth };
  const unknown = Object.entries(atSynth).filter(([, value]) => Token.isUnresolved(value));
  if (unknown.length > 0) {
    const names = unknown.map(([name]) => name).join(', ');
    throw constructError(
      scope,
      'setting-unknown-at-synth',
      `${names} must be known at synth to be validated; pass the value as a string`,
    );
  }
  // Lambda sets these two. The validation is the same for every value.
  const parse = () => parseConfig({ AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: 'webhook', ...atSynth });
  return { environment, config: parseAtSynth(scope, 'webhook-config-invalid', parse) };
}

function joined(name: string, values: readonly string[] = []): Record<string, string> {
  return values.length > 0 ? { [name]: values.join(',') } : {};
}
