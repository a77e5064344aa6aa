// The token's place in AWS Secrets Manager: the current version is the token that functions use.

import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsFailure, patient } from '../cluster/credentials/aws-call.ts';
import { howToPutToken, tokenSecretCall } from '../cluster/credentials/secret.ts';
import type { ServiceAccountName } from './config.ts';
import type { TokenStore } from './rotate.ts';

export class SecretStore implements TokenStore {
  readonly remedy: string;
  readonly #client: SecretsManagerClient;
  readonly #arn: string;
  readonly #region: string;

  constructor({ arn, region }: { readonly arn: string; readonly region: string }, serviceAccount?: ServiceAccountName) {
    this.remedy = howToPutToken(arn, serviceAccount);
    this.#client = new SecretsManagerClient({ region, ...patient });
    this.#arn = arn;
    this.#region = region;
  }

  async read(): Promise<string> {
    const command = new GetSecretValueCommand({ SecretId: this.#arn });
    const { SecretString } = await this.#client.send(command).catch((error: Error) => {
      // A secret without any value: the first token is still to be put there.
      if (error.name === 'ResourceNotFoundException' && error.message.includes('AWSCURRENT'))
        return { SecretString: '' };
      throw awsFailure(error, tokenSecretCall(this.#arn, this.#region));
    });
    return SecretString ?? '';
  }

  /** It becomes AWSCURRENT, and the one before it AWSPREVIOUS. */
  async write(token: string): Promise<void> {
    const command = new PutSecretValueCommand({ SecretId: this.#arn, SecretString: token });
    try {
      await this.#client.send(command);
    } catch (error) {
      throw awsFailure(error, {
        ...tokenSecretCall(this.#arn, this.#region),
        wanted: `the new token cannot be written to the secret ${this.#arn}, where the old one stays`,
        permission: 'secretsmanager:PutSecretValue on it (and kms:GenerateDataKey, where it has a key of your own)',
      });
    }
  }
}
