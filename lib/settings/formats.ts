// The formats of values that both settings and annotations can have: IDs, ARNs, audiences, URLs, lifetimes.

/** RFC 9562, section 4. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * An IAM role in any partition (aws, aws-cn, aws-us-gov, …), with an optional path. IAM reference, "IAM
 * ARNs".
 */
export const ROLE_ARN = /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/([!-~]{1,510}\/)?[\w+=,.@-]{1,64}$/;

/**
 * A provider's full name; the prefix `https:` is optional. IAM documentation, "Workload Identity Federation".
 */
export const GCP_AUDIENCE =
  /^(https:)?\/\/iam\.googleapis\.com\/projects\/\d{1,20}\/locations\/[a-z0-9-]{1,63}\/workloadIdentityPools\/[a-z0-9-]{1,63}\/providers\/[a-z0-9-]{1,63}$/;

/** About as long as an e-mail address can be (RFC 5321). RE2, which policies use, has no lookahead. */
export const GCP_SERVICE_ACCOUNT = /^[a-z0-9]([a-z0-9.-]{0,126}[a-z0-9])?@[a-z0-9.-]{1,126}\.gserviceaccount\.com$/;

/** Longer than any cloud accepts: Azure allows 600 characters, AWS and GCP fewer. */
export const LONGEST_AUDIENCE = 600;

/** The lifetimes of projected tokens that the API server accepts (validateProjectionSources), in seconds. */
export const SHORTEST_EXPIRATION = 600;
export const LONGEST_EXPIRATION = 2 ** 32;

/**
 * Azure's SDKs for Python, Go and JavaScript keep an assertion for 5 to 10 minutes. The kubelet renews a
 * token after 80 % of its lifetime, so a kept copy of a shorter token is expired.
 */
export const SHORTEST_AZURE_EXPIRATION = 3600;

/** The URL; undefined if the text is not an https URL, or has a user, a query or a fragment. */
export function parseHttpsUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.protocol === 'https:' && !url.search && !url.hash && !url.username && !url.password;
  return plain ? url : undefined;
}
