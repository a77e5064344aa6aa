// Reads the two documents of the cluster's own issuer from its API server, and says of a failure what is to be done.

import { abortable } from '../common/deadline.ts';
import { CwiiError } from '../common/errors.ts';
import { withoutTrailingSlashes } from '../common/trailing-slashes.ts';
import type { Credential } from './credentials/credential.ts';
import type { ClusterConnection, ConnectedAnswer } from './http/connection.ts';
import { patiently } from './http/retry-policy.ts';
import { statusMessage } from './http/status-message.ts';
import type { Answer } from './http/transport.ts';

const paths = {
  discovery: { path: '/.well-known/openid-configuration', accept: 'application/json' },
  // The API server answers 406 to application/json here.
  jwks: { path: '/openid/v1/jwks', accept: 'application/jwk-set+json' },
} as const;

export class ClusterDiscovery {
  readonly #connection: ClusterConnection;
  readonly #credential: Credential | undefined;
  readonly #url: URL;
  readonly #longestMs: number | undefined;

  /**
   * @param url of the API server, as the connection has it.
   * @param credential undefined: the documents are asked for without a token, as anybody may where the cluster lets them.
   * @param longestMs for all tries of a document together, the token included.
   */
  constructor(connection: ClusterConnection, credential: Credential | undefined, url: URL, longestMs?: number) {
    this.#connection = connection;
    this.#credential = credential;
    this.#url = url;
    this.#longestMs = longestMs;
  }

  /** Both documents, as they were sent. @throws {CwiiError} naming the document, the API server and the remedy. */
  async read(): Promise<{ discovery: string; jwks: string }> {
    const [discovery, jwks] = await Promise.all([this.#get(paths.discovery), this.#get(paths.jwks)]);
    return { discovery, jwks };
  }

  async #get(document: { readonly path: string; readonly accept: string }): Promise<string> {
    const url = new URL(withoutTrailingSlashes(this.#url.pathname) + document.path, this.#url);
    const answer = await patiently({
      send: (signal) => this.#send(url, document.accept, signal),
      // By then there can be another token.
      alsoAgain: ({ status }) => status === 401 && this.#credential !== undefined,
      longestMs: this.#longestMs,
    }).catch((error: unknown) => {
      throw unreachable(url, error);
    });
    if (answer.status === 200) return answer.body;
    throw refused(url, answer);
  }

  async #send(url: URL, accept: string, signal: AbortSignal): Promise<ConnectedAnswer> {
    const token = this.#credential && (await abortable(this.#credential.token(), signal));
    const headers = { accept, 'user-agent': 'cwii', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const answer = await this.#connection.send({ path: url.pathname, headers }, signal);
    if (answer.status === 401 && token !== undefined) this.#credential?.rejected(token);
    return answer;
  }
}

class DiscoveryError extends CwiiError {
  override name = 'DiscoveryError';

  constructor(code: string, url: URL, why: string, options?: ErrorOptions) {
    super(code, `${url.href} could not be read from the cluster: ${why}`, options);
  }
}

function refused(url: URL, answer: Answer): DiscoveryError {
  const { status } = answer;
  const said = statusMessage(answer.body);
  const failure = (code: string, why: string) =>
    new DiscoveryError(code, url, said === undefined ? why : `${why}. The API server says: ${said}`);
  if (status === 401) {
    const why =
      "the API server does not accept the function's token (401); compare CWII_KUBE_CREDENTIAL with the API server's AuthenticationConfiguration, or with the ServiceAccount whose token it is (`cwii manifests` makes both)";
    return failure('cluster-unauthorized', why);
  }
  if (status === 403) {
    const why =
      "the function's user may not get it (403); bind the ClusterRole system:service-account-issuer-discovery to that user by a ClusterRoleBinding (`cwii manifests` makes one for cwii:issuer)";
    return failure('cluster-forbidden', why);
  }
  if (status === 404) {
    const why =
      'there is none (404); CWII_KUBE_API_URL may lead to something else than an API server, or its first --service-account-issuer is no https URL, and then it serves neither document';
    return failure('cluster-document-missing', why);
  }
  if (status >= 300 && status < 400)
    return failure(
      'cluster-redirected',
      `the answer is a redirect (${status}), and none is followed; check CWII_KUBE_API_URL`,
    );
  return failure('cluster-answer-unexpected', `the answer is HTTP ${status}`);
}

function unreachable(url: URL, error: unknown): DiscoveryError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('credential-')) return new DiscoveryError(code, url, (error as Error).message, { cause: error });
  if (code === 'deadline-exceeded' || (error instanceof Error && error.name === 'AbortError')) {
    const why = `there was no answer in time; check CWII_KUBE_API_URL, and the way there (security groups, the VPC's routes)`;
    return new DiscoveryError('cluster-timeout', url, why, { cause: error });
  }
  if (code === 'answer-too-large')
    return new DiscoveryError('cluster-answer-unexpected', url, 'the answer is too large', { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  const why = `no connection to the API server (${reason}); check CWII_KUBE_API_URL, CWII_KUBE_CA, and the way there (DNS, security groups, the VPC's routes)`;
  return new DiscoveryError('cluster-unreachable', url, why, { cause: error });
}
