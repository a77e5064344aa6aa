// Stores the token in AWS Secrets Manager; the functions use the current version of the secret.

import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsFailure, scheduledClientConfig } from '../cluster/credentials/aws-call.ts';
import { putTokenRemedy, tokenSecretCall } from '../cluster/credentials/secret.ts';
import type { TokenStore } from './rotate.ts';
import type { ServiceAccountName } from './rotation-config.ts';

export class SecretStore implements TokenStore {
  readonly remedy: string;
  readonly #client: SecretsManagerClient;
  readonly #arn: string;
  readonly #region: string;

  constructor({ arn, region }: { readonly arn: string; readonly region: string }, serviceAccount?: ServiceAccountName) {
    this.remedy = putTokenRemedy(arn, serviceAccount);
    this.#client = new SecretsManagerClient({ region, ...scheduledClientConfig });
    this.#arn = arn;
    this.#region = region;
  }

  async read(): Promise<string> {
    const command = new GetSecretValueCommand({ SecretId: this.#arn });
    const { SecretString } = await this.#client.send(command).catch((error: Error) => {
      // The secret has no value yet.
      if (error.name === 'ResourceNotFoundException' && error.message.includes('AWSCURRENT'))
        return { SecretString: '' };
      throw awsFailure(error, tokenSecretCall(this.#arn, this.#region));
    });
    return SecretString ?? '';
  }

  /** The new token becomes AWSCURRENT, and the old one AWSPREVIOUS. */
  async write(token: string): Promise<void> {
    const command = new PutSecretValueCommand({ SecretId: this.#arn, SecretString: token });
    try {
      await this.#client.send(command);
    } catch (error) {
      throw awsFailure(error, {
        ...tokenSecretCall(this.#arn, this.#region),
        subject: `the new token cannot be written to the secret ${this.#arn}, which keeps the old one`,
        permission: 'secretsmanager:PutSecretValue on it (and kms:GenerateDataKey on its KMS key, if it has its own)',
      });
    }
  }
}
