// What is used of the SDK for STS: loaded where a web identity is configured, and without the rest of the package.

export { GetWebIdentityTokenCommand, STSClient } from '@aws-sdk/client-sts';
