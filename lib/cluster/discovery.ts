// Reads the discovery document and the key set of the cluster's issuer from its API server.

import type { ApiClient } from './http/api-client.ts';
import { BackoffRetry } from './http/retry-policy.ts';
import { type FailureContext, statusError } from './http/status.ts';
import type { Answer } from './http/transport.ts';

interface Document {
  readonly path: string;
  readonly accept: string;
}

const DISCOVERY: Document = { path: '/.well-known/openid-configuration', accept: 'application/json' };
/** The API server answers 406 to application/json at this path. */
const JWKS: Document = { path: '/openid/v1/jwks', accept: 'application/jwk-set+json' };

export class ClusterDiscovery {
  readonly #client: ApiClient;
  readonly #totalMs: number | undefined;

  /**
   * @param client without a credential if the cluster lets everybody read the documents.
   * @param totalMs for all attempts at one document, including its token.
   */
  constructor(client: ApiClient, totalMs?: number) {
    this.#client = client;
    this.#totalMs = totalMs;
  }

  /**
   * Both documents as the API server sent them.
   *
   * @throws {ApiError} naming the document's URL and the remedy.
   */
  async read(): Promise<{ discovery: string; jwks: string }> {
    const [discovery, jwks] = await Promise.all([this.#get(DISCOVERY), this.#get(JWKS)]);
    return { discovery, jwks };
  }

  #get(document: Document): Promise<string> {
    const context: FailureContext = {
      subject: `${this.#client.urlOf(document.path)} could not be read from the cluster`,
      overrides: {
        unauthorized: { retryable: this.#client.hasCredential },
        forbidden: {
          remedy:
            'bind the ClusterRole system:service-account-issuer-discovery to this user with a ClusterRoleBinding (`cwii manifests` writes one for cwii:issuer)',
        },
        'not-found': {
          code: 'cluster-document-missing',
          reason: 'the API server does not serve it',
          remedy:
            'check that CWII_KUBE_API_URL is the URL of an API server, and that its first --service-account-issuer is an https URL',
        },
        'too-large': { code: 'cluster-answer-unexpected' },
        // The issuer function does not distinguish which answer did not come in time.
        'credential-timeout': { code: 'cluster-timeout' },
      },
    };
    const request = {
      ...context,
      ...document,
      interpret: (answer: Answer) => {
        if (answer.status === 200) return answer.body;
        throw statusError(answer, context);
      },
    };
    return this.#client.get(request, new BackoffRetry(this.#totalMs));
  }
}
