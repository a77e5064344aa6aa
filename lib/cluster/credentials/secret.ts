// A ServiceAccount token in AWS Secrets Manager, which the token rotation function renews.

import { CwiiError } from '../../common/errors.ts';
import { type AwsCall, awsFailure, impatient } from './aws-call.ts';
import { type ObtainedToken, RenewingCredential } from './renewing.ts';
import { claimsOf } from './token-claims.ts';

export interface TokenSecret {
  readonly arn: string;
  /** Of the secret, which its ARN names. */
  readonly region: string;
}

/** How long a token is used before the secret is read again, in milliseconds: a rotated one arrives within that. */
const READ_AGAIN_MS = 300_000;

/** A token on its way must not expire before the API server looks at it. */
const MARGIN_MS = 5_000;

/** Whose token it is where nobody says otherwise: the manifests' ServiceAccount. */
const READER = { namespace: 'cwii-system', name: 'cwii-reader' };

/** How an administrator of the cluster puts a token there. */
export function howToPutToken(arn: string, { namespace, name } = READER): string {
  return `put one by \`kubectl create token --namespace ${namespace} ${name} --duration 24h | aws secretsmanager put-secret-value --secret-id ${arn} --secret-string file:///dev/stdin\``;
}

export function secretCredential({ arn, region }: TokenSecret, report: (error: unknown) => void): RenewingCredential {
  // Begun at once, so that it is there when the connection is.
  const reading = import('./sdk/secrets-manager.ts').then(({ GetSecretValueCommand, SecretsManagerClient }) => {
    const client = new SecretsManagerClient({ region, ...impatient });
    return () => client.send(new GetSecretValueCommand({ SecretId: arn }));
  });
  const call = tokenSecretCall(arn, region);

  async function obtain(): Promise<ObtainedToken> {
    const now = Date.now();
    try {
      const readSecret = await reading;
      const { SecretString } = await readSecret();
      return withTimes(SecretString?.trim() ?? '', now);
    } catch (error) {
      throw awsFailure(error, call);
    }
  }

  function withTimes(token: string, now: number): ObtainedToken {
    const claims = claimsOf(token);
    if (!claims)
      throw new CwiiError(
        'credential-unreadable',
        `the secret ${arn} holds no ServiceAccount token; ${howToPutToken(arn)}`,
      );
    const expiresAt = claims.exp === undefined ? Number.POSITIVE_INFINITY : claims.exp * 1000;
    if (expiresAt <= now) {
      throw new CwiiError(
        'credential-unreadable',
        `the ServiceAccount token in the secret ${arn} expired at ${new Date(expiresAt).toISOString()}, so the token rotation function has failed since long before (see its log); ${howToPutToken(arn)}`,
      );
    }
    const usable = expiresAt - MARGIN_MS - now;
    return {
      token,
      // Near its end, more and more often: the next one is awaited.
      renewAt: now + Math.min(READ_AGAIN_MS, usable / 2),
      expiresAt: now + usable,
    };
  }

  return new RenewingCredential({ obtain, report });
}

/** Reading the secret, for what its failures mean. */
export function tokenSecretCall(arn: string, region: string): AwsCall {
  return {
    wanted: `the cluster token cannot be read from the secret ${arn}`,
    service: 'Secrets Manager',
    region,
    permission: 'secretsmanager:GetSecretValue on it (and kms:Decrypt, where it has a key of your own)',
    endpoint: 'secretsmanager',
    remedies: {
      ResourceNotFoundException: `there is no such secret, or it has no value yet; if it exists, ${howToPutToken(arn)}`,
    },
  };
}
