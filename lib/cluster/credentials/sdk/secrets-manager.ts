// What is used of the SDK for Secrets Manager: loaded where the token is in a secret, and without the rest of the package.

export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
