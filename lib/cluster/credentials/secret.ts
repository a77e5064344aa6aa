// A ServiceAccount token in AWS Secrets Manager, which the token rotation function replaces.

import { CwiiError } from '../../common/errors.ts';
import type { TokenSecret } from '../../settings/cluster-credential.ts';
import { type AwsCall, awsFailure, credentialsToSign, requestClientConfig } from './aws-call.ts';
import { type ObtainedToken, RefreshingCredential } from './refreshing.ts';
import { claimsOf } from './token-claims.ts';

/**
 * How long a token is used before the secret is read again, in milliseconds: a new token is picked up within
 * this time.
 */
const READ_AGAIN_MS = 300_000;

/** The token must not expire between sending a request and its authentication by the API server. */
const MARGIN_MS = 5_000;

/** The ServiceAccount of the manifests, whose token it is by default. */
const READER = { namespace: 'cwii-system', name: 'cwii-reader' };

/** The instruction for putting a token into the secret. */
export function putTokenRemedy(arn: string, { namespace, name } = READER): string {
  return `put one into it with \`kubectl create token --namespace ${namespace} ${name} --duration 24h | aws secretsmanager put-secret-value --secret-id ${arn} --secret-string file:///dev/stdin\``;
}

export function secretCredential(
  { arn, region }: TokenSecret,
  onRefreshError: (error: unknown) => void,
): RefreshingCredential {
  // Loaded at once, while the connection is made.
  const loading = loadRead({ arn, region });
  const call = tokenSecretCall(arn, region);

  async function obtain(): Promise<ObtainedToken> {
    const now = Date.now();
    try {
      const readSecret = await loading;
      return withTimes((await readSecret()).trim(), now);
    } catch (error) {
      throw awsFailure(error, call);
    }
  }

  function withTimes(token: string, now: number): ObtainedToken {
    const claims = claimsOf(token);
    if (!claims)
      throw new CwiiError(
        'credential-unreadable',
        `the secret ${arn} does not contain a ServiceAccount token; ${putTokenRemedy(arn)}`,
      );
    const expiresAt = claims.exp === undefined ? Number.POSITIVE_INFINITY : claims.exp * 1000;
    if (expiresAt <= now) {
      throw new CwiiError(
        'credential-unreadable',
        `the ServiceAccount token in the secret ${arn} expired at ${new Date(expiresAt).toISOString()}, because the token rotation function failed for hours (see its log); ${putTokenRemedy(arn)}`,
      );
    }
    const usable = expiresAt - MARGIN_MS - now;
    return {
      token,
      // More and more often before the token expires, because the next one is due.
      refreshAt: now + Math.min(READ_AGAIN_MS, usable / 2),
      expiresAt: now + usable,
    };
  }

  return new RefreshingCredential({ obtain, onRefreshError });
}

async function loadRead({ arn: SecretId, region }: TokenSecret): Promise<() => Promise<string>> {
  const credentials = credentialsToSign();
  if (!credentials) {
    const { GetSecretValueCommand, SecretsManagerClient } = await import('./sdk/secrets-manager.ts');
    const client = new SecretsManagerClient({ region, ...requestClientConfig });
    return async () => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '';
  }
  const { post } = await import('./sdk/signed-request.ts');
  const request = {
    service: 'secretsmanager',
    region,
    endpointVariable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body: JSON.stringify({ SecretId }),
  } as const;
  return async () => {
    const { SecretString } = JSON.parse(await post(request, credentials)) as { SecretString?: string };
    return SecretString ?? '';
  };
}

/** Describes the call that reads the secret, for the messages of its failures. */
export function tokenSecretCall(arn: string, region: string): AwsCall {
  return {
    subject: `the cluster token cannot be read from the secret ${arn}`,
    service: 'Secrets Manager',
    region,
    permission: 'secretsmanager:GetSecretValue on it (and kms:Decrypt on its KMS key, if it has its own)',
    endpoint: 'secretsmanager',
    remedies: {
      ResourceNotFoundException: `the secret does not exist, or has no value yet; if it exists, ${putTokenRemedy(arn)}`,
    },
  };
}
