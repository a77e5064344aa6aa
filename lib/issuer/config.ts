// The configuration of the issuer function: parsed once and strictly, as the webhook's is.

import type { CredentialSource } from '../cluster/credentials/create.ts';
import { parseCredential } from '../cluster/credentials/setting.ts';
import { credentialSource } from '../cluster/credentials/source.ts';
import { ConfigError } from '../errors.ts';
import { certificates, httpsUrl, numberBetween, oneOf } from '../setting-parsers.ts';
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
  CWII_KUBE_CREDENTIAL: optional(parseCredential, 'none'),
  CWII_WEB_IDENTITY_ALGORITHM: optional(oneOf('ES384', 'RS256'), 'ES384'),
  CWII_ISSUER_URL: required('the issuer that the clouds trust', parseIssuerUrl),
  CWII_ISSUER_BUCKET: required("the name of the bucket that is served at the issuer's host", bucketName),
  CWII_ISSUER_KEY_GRACE_SECONDS: optional(numberBetween(0, LONGEST_GRACE_SECONDS), '172800'),
};

/** @throws {ConfigError} naming every variable at fault, not only the first. */
export function parseIssuerConfig(env: Readonly<Record<string, string | undefined>>): IssuerConfig {
  const problems = Object.keys(env)
    .filter((name) => name.startsWith('CWII_') && !Object.hasOwn(settings, name))
    .map((name) => `${name} is no setting of the issuer function; docs/issuer.md lists them`);
  const read = <Name extends keyof Settings>(name: Name): Value<Name> | undefined => {
    const { parse, byDefault, missing }: Setting<unknown> = settings[name];
    const text = env[name]?.trim() || byDefault;
    if (text === undefined) {
      if (missing !== undefined) problems.push(`${name} is not set; set it to ${missing}`);
      return undefined;
    }
    try {
      return parse(text) as Value<Name>;
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}`);
      return undefined;
    }
  };
  const [clusterName, url, ca] = [read('CWII_CLUSTER_NAME'), read('CWII_KUBE_API_URL'), read('CWII_KUBE_CA')];
  const [setting, algorithm] = [read('CWII_KUBE_CREDENTIAL'), read('CWII_WEB_IDENTITY_ALGORITHM')];
  const [issuer, bucket] = [read('CWII_ISSUER_URL'), read('CWII_ISSUER_BUCKET')];
  const graceSeconds = read('CWII_ISSUER_KEY_GRACE_SECONDS');
  const credential =
    setting && setting.kind !== 'none' ? credentialSource(env, setting, algorithm, problems) : undefined;
  const complete = clusterName !== undefined && url && issuer !== undefined && bucket !== undefined;
  if (problems.length > 0 || !complete || graceSeconds === undefined) throw new ConfigError(problems);
  return { clusterName, cluster: { url, ca, credential }, issuer, bucket, graceMs: graceSeconds * 1000 };
}

type Settings = typeof settings;
type Value<Name extends keyof Settings> = ReturnType<Settings[Name]['parse']>;

interface Setting<Value> {
  readonly parse: (text: string) => Value;
  readonly byDefault?: string;
  /** What to set it to, where it must be set. */
  readonly missing?: string;
}

function required<Value>(missing: string, parse: (text: string) => Value): Setting<Value> {
  return { parse, missing };
}

function optional<Value>(parse: (text: string) => Value, byDefault?: string): Setting<Value> {
  return { parse, ...(byDefault !== undefined && { byDefault }) };
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
