// Tokens by the cluster's own API: TokenRequest, by which a ServiceAccount gets one, and SelfSubjectReview, which tells
// whose a token is.

import * as z from 'zod/mini';
import { CwiiError } from '../common/errors.ts';
import { parseJson } from '../common/json.ts';
import { withoutTrailingSlashes } from '../common/trailing-slashes.ts';
import { ClusterConnection } from './http/connection.ts';
import { patiently } from './http/retry-policy.ts';
import { statusMessage } from './http/status-message.ts';
import type { Answer, Endpoint } from './http/transport.ts';

const tokenView = z.object({ status: z.object({ token: z.string().check(z.minLength(1)) }) });
const reviewView = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) });

export class TokenRequests {
  readonly #connection: ClusterConnection;
  readonly #basePath: string;

  constructor(endpoint: Endpoint) {
    this.#connection = new ClusterConnection(endpoint);
    this.#basePath = withoutTrailingSlashes(endpoint.url.pathname);
  }

  /**
   * A new token for the API server itself, which a token of the same ServiceAccount may ask for.
   *
   * @throws {CwiiError} `token-rejected`, `token-forbidden`, `service-account-missing`, `cluster-unreachable` or
   * `cluster-answer-unexpected`.
   */
  async request(
    token: string,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    expirationSeconds: number,
  ): Promise<string> {
    const what = `a new token of ServiceAccount ${namespace}/${name}`;
    const answer = await this.#post(
      what,
      token,
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`,
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } },
    );
    if (answer.status === 403) {
      throw new CwiiError(
        'token-forbidden',
        `the cluster does not give ${what}, because it may not ask for it (403); in namespace ${namespace} it needs a Role with the verb create on the resource serviceaccounts/token and resourceNames [${name}], bound to itself`,
      );
    }
    if (answer.status === 404) {
      throw new CwiiError(
        'service-account-missing',
        `the cluster does not give ${what}, because there is no such ServiceAccount (404); apply the manifests of cwii, then put a token of it into the secret`,
      );
    }
    return read(what, answer, tokenView).status.token;
  }

  /** @throws {CwiiError} as `request` does. */
  async userOf(token: string): Promise<string> {
    const what = 'a review of the new token';
    const answer = await this.#post(what, token, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    });
    return read(what, answer, reviewView).status.userInfo.username;
  }

  /** Neither request changes anything in the cluster, so that each may be made again. */
  async #post(what: string, token: string, path: string, body: object): Promise<Answer> {
    const request = {
      path: this.#basePath + path,
      headers: { accept: 'application/json', authorization: `Bearer ${token}`, 'user-agent': 'cwii' },
      body,
    };
    try {
      return await patiently({ send: (signal) => this.#connection.send(request, signal) });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      throw new CwiiError('cluster-unreachable', `the cluster was not asked for ${what}: ${code}`, { cause: error });
    }
  }
}

function read<View extends z.ZodMiniType>(what: string, { status, body }: Answer, view: View): z.output<View> {
  if (status === 401) {
    throw new CwiiError(
      'token-rejected',
      `the cluster does not give ${what}: the API server does not accept the token (401); its ServiceAccount was deleted or made anew, or the API server's issuer or keys have changed`,
    );
  }
  const parsed = view.safeParse(parseJson(body));
  if (status >= 300 || !parsed.success) {
    const said = statusMessage(body);
    throw new CwiiError(
      'cluster-answer-unexpected',
      `the cluster does not give ${what}, but answers HTTP ${status}${said === undefined ? '' : `: ${said}`}`,
    );
  }
  return parsed.data;
}
