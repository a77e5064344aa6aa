// Validates the issuer's URL, and derives the URLs and object keys of its documents.

/** A document's URL, from which clouds fetch it, and the key of its object in the bucket. */
interface DocumentPlace {
  readonly url: string;
  readonly objectKey: string;
}

export interface IssuerPlaces {
  /** OpenID Connect Discovery 1.0, section 4. */
  readonly discovery: DocumentPlace;
  /** RFC 7517; at the path where a Kubernetes API server serves it. */
  readonly jwks: DocumentPlace;
}

/** The folder of the bucket that is not served: only the function uses it. */
const PRIVATE_FOLDER = 'state';

/**
 * Returns the text unchanged, because clouds compare issuers byte by byte.
 *
 * @throws {Error} whose message continues the sentence `<NAME> …`.
 */
export function parseIssuerUrl(text: string): string {
  const problem = problems.find(([, applies]) => applies(text))?.[0];
  if (problem === undefined) return text;
  // The part before an @ may be a password.
  const shown = text.includes('@') ? '' : `is "${text}", which `;
  throw new Error(
    `${shown}${problem}; write https://HOST[/PATH], exactly as the API server's --service-account-issuer`,
  );
}

/** In the order of checking; the first problem is reported. */
const problems: readonly (readonly [string, (text: string) => boolean])[] = [
  ['is not a URL', (text) => !URL.canParse(text)],
  ['is not https', (text) => !text.startsWith('https://')],
  ['has a user', (text) => text.includes('@')],
  ['has a query or a fragment', (text) => /[?#]/.test(text)],
  ['has a port, which AWS does not accept', (text) => /^https:\/\/[^/]*:/.test(text)],
  ['ends with a slash, and clouds then look for the documents in different places', (text) => text.endsWith('/')],
  [
    'has an upper-case host, or a path with characters other than letters, digits and -._~',
    (text) => !/^https:\/\/[a-z0-9.-]+(\/[\w.~-]+)*$/.test(text) || new URL(text).href !== canonical(text),
  ],
  [
    `has a path below /${PRIVATE_FOLDER}, which is not served`,
    (text) => new URL(text).pathname.split('/')[1] === PRIVATE_FOLDER,
  ],
];

/** The form of the URL parser, which resolves `..` and adds a slash after a host without a path. */
function canonical(text: string): string {
  return text.indexOf('/', 'https://'.length) === -1 ? `${text}/` : text;
}

export function placesOf(issuer: string): IssuerPlaces {
  const folder = new URL(issuer).pathname.slice(1);
  const place = (path: string): DocumentPlace => ({
    url: `${issuer}/${path}`,
    objectKey: folder === '' ? path : `${folder}/${path}`,
  });
  return { discovery: place('.well-known/openid-configuration'), jwks: place('openid/v1/jwks') };
}

/** The key of the object with the function's state: removed and dropped keys. */
export function stateObjectKey(clusterName: string): string {
  return `${PRIVATE_FOLDER}/${clusterName}.json`;
}
