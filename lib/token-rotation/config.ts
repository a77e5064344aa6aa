// The configuration of the token rotation function: parsed once and strictly, as the webhook's is.

import { secretRegion } from '../cluster/credentials/setting.ts';
import type { Endpoint } from '../cluster/http/transport.ts';
import { isNamespaceName, isObjectName } from '../kubernetes/names.ts';
import { certificates, httpsUrl, numberBetween } from '../settings/parsers.ts';
import { optional, readSettings, required, withDefault } from '../settings/read-settings.ts';

/** The ServiceAccount whose token is renewed. */
export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export interface RotationConfig {
  readonly clusterName: string;
  readonly cluster: Endpoint;
  readonly secret: { readonly arn: string; readonly region: string };
  /** Lifetime that is asked for; the API server may give less. */
  readonly expirationSeconds: number;
  readonly serviceAccount: ServiceAccountName;
}

/** TokenRequest gives no shorter token; a week is long enough to notice that rotation fails. */
const [SHORTEST_SECONDS, LONGEST_SECONDS] = [600, 604_800];

const settings = {
  CWII_CLUSTER_NAME: required("the cluster's name, as in cwii.yaml", String),
  CWII_KUBE_API_URL: required("the API server's URL", httpsUrl),
  CWII_KUBE_CA: optional(certificates),
  CWII_TOKEN_SECRET_ARN: required('the ARN of the secret that holds the token', secret),
  CWII_TOKEN_EXPIRATION_SECONDS: withDefault('86400', numberBetween(SHORTEST_SECONDS, LONGEST_SECONDS)),
  CWII_TOKEN_SERVICE_ACCOUNT: withDefault('cwii-system/cwii-reader', serviceAccount),
};

/** @throws {ConfigError} naming every variable at fault, not only the first. */
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
    throw new Error('is no ARN of a secret; write arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME');
  return { arn: text, region };
}

function serviceAccount(text: string): ServiceAccountName {
  const [namespace = '', name = '', ...more] = text.split('/');
  if (!isNamespaceName(namespace) || !isObjectName(name) || more.length > 0)
    throw new Error(`is "${text}"; write NAMESPACE/NAME`);
  return { namespace, name };
}
