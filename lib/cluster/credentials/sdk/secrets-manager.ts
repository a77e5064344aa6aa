// The used part of the SDK for Secrets Manager, in a chunk that is loaded only for tokens in a secret.

export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
