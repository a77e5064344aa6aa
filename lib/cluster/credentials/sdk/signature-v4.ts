// The signer of AWS requests: loaded where the cluster is asked as EKS asks it.

export { SignatureV4 } from '@smithy/signature-v4';
