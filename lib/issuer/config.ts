// The configuration of the issuer function: parsed once and strictly, as the webhook's is.

import type { CredentialSource } from '../cluster/credentials/create.ts';
import { parseCredential } from '../cluster/credentials/setting.ts';
import { credentialSource } from '../cluster/credentials/source.ts';
import { certificates, httpsUrl, numberBetween, oneOf } from '../settings/parsers.ts';
import { optional, readSettings, required, withDefault } from '../settings/read-settings.ts';
import { parseIssuerUrl } from './issuer-url.ts';

export interface IssuerConfig {
  readonly clusterName: string;
  readonly cluster: {
    readonly url: URL;
    /** PEM; undefined: the roots that Node.js trusts. */
    readonly ca: string | undefined;
    /** Undefined: the documents are asked for without a token. */
    readonly credential: CredentialSource | undefined;
  };
  /** Exactly as clouds compare it. */
  readonly issuer: string;
  readonly bucket: string;
  /** How long a key that the cluster removed is served on, in milliseconds. */
  readonly graceMs: number;
}

/** 365 days: a key that is served for longer was not meant to be removed. */
const LONGEST_GRACE_SECONDS = 31_536_000;

/** Every variable, with what it is for and how it is read. */
const settings = {
  CWII_CLUSTER_NAME: required("the cluster's name, as in cwii.yaml", dnsLabel),
  CWII_KUBE_API_URL: required("the API server's URL", httpsUrl),
  CWII_KUBE_CA: optional(certificates),
  CWII_KUBE_CREDENTIAL: withDefault('none', parseCredential),
  CWII_WEB_IDENTITY_ALGORITHM: withDefault('ES384', oneOf('ES384', 'RS256')),
  CWII_ISSUER_URL: required('the issuer that the clouds trust', parseIssuerUrl),
  CWII_ISSUER_BUCKET: required("the name of the bucket that is served at the issuer's host", bucketName),
  CWII_ISSUER_KEY_GRACE_SECONDS: withDefault('172800', numberBetween(0, LONGEST_GRACE_SECONDS)),
};

/** @throws {ConfigError} naming every variable at fault, not only the first. */
export function parseIssuerConfig(env: Readonly<Record<string, string | undefined>>): IssuerConfig {
  let credential: CredentialSource | undefined;
  const values = readSettings(env, settings, {
    documentation: 'docs/issuer.md',
    check({ CWII_KUBE_CREDENTIAL: setting, CWII_WEB_IDENTITY_ALGORITHM: algorithm }, problems) {
      if (setting && setting.kind !== 'none') credential = credentialSource(env, setting, algorithm, problems);
    },
  });
  return {
    clusterName: values.CWII_CLUSTER_NAME,
    cluster: { url: values.CWII_KUBE_API_URL, ca: values.CWII_KUBE_CA, credential },
    issuer: values.CWII_ISSUER_URL,
    bucket: values.CWII_ISSUER_BUCKET,
    graceMs: values.CWII_ISSUER_KEY_GRACE_SECONDS * 1000,
  };
}

/** RFC 1123, because it is part of an object's key. */
function dnsLabel(text: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text))
    throw new Error(`is "${text}"; write lower-case letters, digits and dashes, 63 at most`);
  return text;
}

/** Amazon S3's rules for general purpose buckets, as far as a typing error can break them. */
function bucketName(text: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text))
    throw new Error(`is "${text}"; write the name of a bucket, without s3://`);
  return text;
}
