// The signer of AWS requests, in a chunk that is loaded only for tokens of aws-iam-authenticator.

export { SignatureV4 } from '@smithy/signature-v4';
