// The text of CWII_KUBE_CREDENTIAL: `<kind>:<what>`, and which texts are no credential.

/** How the function authenticates to the cluster, as the setting says it. */
export type CredentialSetting =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'web-identity'; readonly audience: string }
  | { readonly kind: 'secret'; readonly arn: string; readonly region: string }
  | { readonly kind: 'eks'; readonly cluster: string };

/** STS takes up to 1000 characters; a comma would make two of it in a list of audiences. */
const AUDIENCE = /^[!-+\--~]{1,1000}$/;

/** https://docs.aws.amazon.com/service-authorization: the resource types of Secrets Manager. */
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@-]{1,519}$/;

/** What aws-iam-authenticator's `--cluster-id` is: EKS' cluster name, or a domain name with kops. */
const CLUSTER_ID = /^[A-Za-z0-9][\w.:/-]{0,252}$/;

/** @throws {Error} whose message continues the sentence `CWII_KUBE_CREDENTIAL …`. */
export function parseCredential(text: string): CredentialSetting {
  if (text === 'none') return { kind: 'none' };
  const [, kind, rest = ''] = /^([\w-]+):(.*)$/s.exec(text) ?? [];
  const what = rest.trim();
  switch (kind) {
    case 'file':
      if (what === '') throw new Error('names no file; write file:PATH');
      return { kind, path: what };
    case 'web-identity':
      if (!AUDIENCE.test(what))
        throw new Error(
          'has no audience; write web-identity:AUDIENCE, one word that no other cluster has, such as web-identity:cwii:my-cluster',
        );
      return { kind, audience: what };
    case 'secret': {
      const region = secretRegion(what);
      if (region === undefined)
        throw new Error(
          'has no ARN of a secret; write secret:arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, as Secrets Manager shows it',
        );
      return { kind, arn: what, region };
    }
    case 'eks':
      if (!CLUSTER_ID.test(what))
        throw new Error(
          "has no cluster ID; write eks:CLUSTER, the --cluster-id of the cluster's aws-iam-authenticator",
        );
      return { kind, cluster: what };
    default:
      // The text is not repeated: somebody may have put the token itself there.
      throw new Error('is no credential; write web-identity:AUDIENCE, secret:ARN, eks:CLUSTER, file:PATH or none');
  }
}

/** The region in the ARN of a secret; undefined where the text is none. */
export function secretRegion(arn: string): string | undefined {
  return SECRET_ARN.exec(arn)?.[1];
}
