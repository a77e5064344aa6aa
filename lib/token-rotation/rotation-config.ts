// Parses the configuration of the token rotation function from its environment.

import { isNamespaceName, isObjectName } from '../kubernetes/names.ts';
import { type Endpoint, secretRegion } from '../settings/cluster-credential.ts';
import { certificates, httpsUrl, numberBetween } from '../settings/parsers.ts';
import { optional, readSettings, required, withDefault } from '../settings/read-settings.ts';

/** The ServiceAccount whose token is replaced. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export interface RotationConfig {
  readonly clusterName: string;
  readonly cluster: Endpoint;
  readonly secret: { readonly arn: string; readonly region: string };
  /** The requested lifetime; the API server may issue a shorter one. */
  readonly expirationSeconds: number;
  readonly serviceAccount: ServiceAccountName;
}

/** The minimum of TokenRequest; and a week, which is enough time to notice that rotation fails. */
const [MIN_SECONDS, MAX_SECONDS] = [600, 604_800];

const settings = {
  CWII_CLUSTER_NAME: required("the cluster's name, as in cwii.yaml", String),
  CWII_KUBE_API_URL: required("the API server's URL", httpsUrl),
  CWII_KUBE_CA: optional(certificates),
  CWII_TOKEN_SECRET_ARN: required('the ARN of the secret with the token', secret),
  CWII_TOKEN_EXPIRATION_SECONDS: withDefault('86400', numberBetween(MIN_SECONDS, MAX_SECONDS)),
  CWII_TOKEN_SERVICE_ACCOUNT: withDefault('cwii-system/cwii-reader', serviceAccount),
};

/** @throws {ConfigError} naming every invalid variable, not only the first. */
export function parseRotationConfig(env: Readonly<Record<string, string | undefined>>): RotationConfig {
  const values = readSettings(env, settings, { documentation: 'docs/cluster-credential.md' });
  return {
    clusterName: values.CWII_CLUSTER_NAME,
    cluster: { url: values.CWII_KUBE_API_URL, ca: values.CWII_KUBE_CA },
    secret: values.CWII_TOKEN_SECRET_ARN,
    expirationSeconds: values.CWII_TOKEN_EXPIRATION_SECONDS,
    serviceAccount: values.CWII_TOKEN_SERVICE_ACCOUNT,
  };
}

function secret(text: string): { arn: string; region: string } {
  const region = secretRegion(text);
  if (region === undefined)
    throw new Error('is not the ARN of a secret; write arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME');
  return { arn: text, region };
}

function serviceAccount(text: string): ServiceAccountName {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (!isNamespaceName(namespace) || !isObjectName(name) || more.length > 0)
    throw new Error(`is "${text}"; write NAMESPACE/NAME`);
  return { namespace, name };
}
