// Parses CWII_KUBE_CREDENTIAL, which says how the functions authenticate to the cluster's API server.

export interface WebIdentity {
  readonly audience: string;
  readonly algorithm: 'ES384' | 'RS256';
  /** STS issues web identity tokens on its regional endpoints only. */
  readonly region: string;
}

export interface TokenSecret {
  readonly arn: string;
  /** The region in the ARN. */
  readonly region: string;
}

export interface EksIdentity {
  /** The cluster ID that aws-iam-authenticator was started with. */
  readonly cluster: string;
  readonly region: string;
}

/** The value of CWII_KUBE_CREDENTIAL. */
export type CredentialSetting =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'web-identity' } & Pick<WebIdentity, 'audience'>)
  | ({ readonly kind: 'secret' } & TokenSecret)
  | ({ readonly kind: 'eks' } & Pick<EksIdentity, 'cluster'>);

/** Where the token comes from: the setting, with the region and the algorithm that STS needs. */
export type CredentialSource =
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'web-identity' } & WebIdentity)
  | ({ readonly kind: 'secret' } & TokenSecret)
  | ({ readonly kind: 'eks' } & EksIdentity);

/** The API server. */
export interface Endpoint {
  readonly url: URL;
  /** PEM; undefined: the root certificates that Node.js trusts. */
  readonly ca: string | undefined;
}

/** How a function reaches the API server and authenticates to it. */
export interface ClusterAccess extends Endpoint {
  readonly credential: CredentialSource;
}

/**
 * The lifetime of a web identity token, in seconds. 15 minutes, as EKS' own tokens have: a stolen token is
 * soon useless, STS may be unavailable for five minutes without any effect, and a sandbox calls it six times
 * an hour.
 */
export const WEB_IDENTITY_SECONDS = 900;

/** STS accepts up to 1000 characters; a comma would make two entries of it in a list of audiences. */
const AUDIENCE = /^[!-+\--~]{1,1000}$/;

/** https://docs.aws.amazon.com/service-authorization: the resource types of Secrets Manager. */
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@-]{1,519}$/;

/**
 * The format of aws-iam-authenticator's `--cluster-id`: the name of an EKS cluster, or a domain name with
 * kops.
 */
const CLUSTER_ID = /^[A-Za-z0-9][\w.:/-]{0,252}$/;

/** @throws {Error} whose message continues the sentence `CWII_KUBE_CREDENTIAL …`. */
export function parseCredential(text: string): CredentialSetting {
  if (text === 'none') return { kind: 'none' };
  const [, kind, rest = ''] = /^([\w-]+):(.*)$/s.exec(text) ?? [];
  const value = rest.trim();
  switch (kind) {
    case 'file':
      if (value === '') throw new Error('has no path; write file:PATH');
      return { kind, path: value };
    case 'web-identity':
      if (!AUDIENCE.test(value))
        throw new Error(
          'has an invalid audience; write web-identity:AUDIENCE with one word that no other cluster uses, such as web-identity:cwii:my-cluster',
        );
      return { kind, audience: value };
    case 'secret': {
      const region = secretRegion(value);
      if (region === undefined)
        throw new Error(
          'has an invalid ARN of a secret; write secret:arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, as Secrets Manager shows it',
        );
      return { kind, arn: value, region };
    }
    case 'eks':
      if (!CLUSTER_ID.test(value))
        throw new Error(
          "has an invalid cluster ID; write eks:CLUSTER, the --cluster-id of the cluster's aws-iam-authenticator",
        );
      return { kind, cluster: value };
    default:
      // The message does not repeat the text: it may be the token itself.
      throw new Error('is invalid; write web-identity:AUDIENCE, secret:ARN, eks:CLUSTER, file:PATH or none');
  }
}

/** The region in the ARN of a secret; undefined if the text is not such an ARN. */
export function secretRegion(arn: string): string | undefined {
  return SECRET_ARN.exec(arn)?.[1];
}

/**
 * Adds what STS needs to the setting: the region from the environment, and the signing algorithm.
 *
 * @param problems gets a sentence if the region is missing; the result is then undefined.
 * @param algorithm for web identity.
 */
export function credentialSource(
  env: Readonly<Record<string, string | undefined>>,
  credential: Exclude<CredentialSetting, { kind: 'none' }>,
  algorithm: 'ES384' | 'RS256' | undefined,
  problems: string[],
): CredentialSource | undefined {
  if (credential.kind === 'file' || credential.kind === 'secret') return credential;
  const region = env['AWS_REGION']?.trim();
  if (!region) {
    problems.push(
      `AWS_REGION is not set, but CWII_KUBE_CREDENTIAL is ${credential.kind}:…, which calls STS in a region; set AWS_REGION (Lambda always sets it)`,
    );
  }
  if (!region || !algorithm) return undefined;
  return credential.kind === 'eks' ? { ...credential, region } : { ...credential, algorithm, region };
}
