// The used part of the SDK for STS, in a chunk that is loaded only for web identity tokens.

export { GetWebIdentityTokenCommand, STSClient } from '@aws-sdk/client-sts';
