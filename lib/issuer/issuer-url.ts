// The issuer's URL as clouds take it, and where the two documents of an issuer are: below its URL, and below the same path
// in the bucket that is served under its host.

/** One of the documents: where clouds fetch it, and the object in the bucket that they get. */
interface DocumentPlace {
  readonly url: string;
  readonly objectKey: string;
}

export interface IssuerPlaces {
  /** OpenID Connect Discovery 1.0, section 4. */
  readonly discovery: DocumentPlace;
  /** RFC 7517; the path that a Kubernetes API server itself has for it. */
  readonly jwks: DocumentPlace;
}

/** Of the bucket: what is below it is the function's own and not served. */
const PRIVATE_FOLDER = 'state';

/**
 * Takes the text as it is: clouds compare issuers byte for byte.
 *
 * @throws {Error} whose message continues the sentence `<NAME> …`.
 */
export function parseIssuerUrl(text: string): string {
  const fault = faults.find(([, isAtFault]) => isAtFault(text))?.[0];
  if (fault === undefined) return text;
  // What stands before an @ may be a password.
  const shown = text.includes('@') ? '' : `is "${text}", which `;
  throw new Error(`${shown}${fault}; write https://HOST[/PATH], exactly as the API server's --service-account-issuer`);
}

/** The first that is at fault is the one to tell of. */
const faults: readonly (readonly [string, (text: string) => boolean])[] = [
  ['is no URL', (text) => !URL.canParse(text)],
  ['is not https', (text) => !text.startsWith('https://')],
  ['has a user', (text) => text.includes('@')],
  ['has a query or a fragment', (text) => /[?#]/.test(text)],
  ['has a port, which AWS does not take', (text) => /^https:\/\/[^/]*:/.test(text)],
  ['ends with a slash, with which clouds disagree on where its documents are', (text) => text.endsWith('/')],
  [
    'has an upper-case host, or other characters in its path than letters, digits and -._~',
    (text) => !/^https:\/\/[a-z0-9.-]+(\/[\w.~-]+)*$/.test(text) || new URL(text).href !== canonical(text),
  ],
  [
    `has a path below /${PRIVATE_FOLDER}, which is not served`,
    (text) => new URL(text).pathname.split('/')[1] === PRIVATE_FOLDER,
  ],
];

/** As the URL parser writes it, which resolves `..` and adds a slash to a mere host. */
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

/** The object in which the function remembers removed and dropped keys. */
export function stateObjectKey(clusterName: string): string {
  return `${PRIVATE_FOLDER}/${clusterName}.json`;
}
