// Client of the Kubernetes API server: GET and POST with the credential, retries, and clear errors.

import { abortable, DeadlineExceededError } from '../../common/deadline.ts';
import { withoutTrailingSlashes } from '../../common/trailing-slashes.ts';
import type { Credential } from '../credentials/credential.ts';
import type { ClusterConnection } from './connection.ts';
import type { AttemptLimits, RetryPolicy } from './retry-policy.ts';
import { ApiError, type FailureContext, transportError } from './status.ts';
import type { Answer } from './transport.ts';

export interface ApiRequest<Value> extends FailureContext {
  /** Below the path of the API server's URL, such as `/api/v1/namespaces/shop`. */
  readonly path: string;
  readonly accept?: string;
  /** The value in the answer. @throws {ApiError} if there is none; see `statusError`. */
  readonly interpret: (answer: Answer) => Value;
}

export class ApiClient {
  readonly #connection: ClusterConnection;
  readonly #credential: Credential | undefined;
  readonly #basePath: string;

  /** @param credential undefined: requests are sent without a token. */
  constructor(connection: ClusterConnection, credential: Credential | undefined) {
    this.#connection = connection;
    this.#credential = credential;
    this.#basePath = withoutTrailingSlashes(connection.url.pathname);
  }

  /** The audiences of the credential's token; the API server accepts every token for them. */
  get audiences(): readonly string[] {
    return this.#credential?.audiences ?? [];
  }

  /** See Credential. */
  get tokenEndsAt(): number | undefined {
    return this.#credential?.tokenEndsAt;
  }

  get hasCredential(): boolean {
    return this.#credential !== undefined;
  }

  /** The whole URL of a path, for messages to operators. */
  urlOf(path: string): string {
    return new URL(this.#basePath + path, this.#connection.url).href;
  }

  /** @throws {ApiError} */
  get<Value>(request: ApiRequest<Value>, retry: RetryPolicy): Promise<Value> {
    return this.#run(request, undefined, retry);
  }

  /** The request must not change the cluster, because it may be sent more than once. @throws {ApiError} */
  post<Value>(request: ApiRequest<Value>, body: object, retry: RetryPolicy): Promise<Value> {
    return this.#run(request, body, retry);
  }

  async #run<Value>(request: ApiRequest<Value>, body: object | undefined, retry: RetryPolicy): Promise<Value> {
    try {
      return await retry.run((limits) => this.#attempt(request, body, limits));
    } catch (error) {
      throw error instanceof DeadlineExceededError ? transportError(error, request) : error;
    }
  }

  async #attempt<Value>(
    request: ApiRequest<Value>,
    body: object | undefined,
    { signal, hedgeSignal }: AttemptLimits,
  ): Promise<Value> {
    // Otherwise a deadline that was over before the request would count as the credential's.
    signal.throwIfAborted();
    const token = await this.#token(request, signal);
    const headers = {
      accept: request.accept ?? 'application/json',
      'user-agent': 'cwii',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const answer = await this.#connection
      .send({ path: this.#basePath + request.path, headers, body }, signal, hedgeSignal)
      .catch((error: unknown) => {
        throw transportError(error, request);
      });
    if (answer.status === 401 && token !== undefined) this.#credential?.rejected(token);
    try {
      return request.interpret(answer);
    } catch (error) {
      // Behind a load balancer, a new connection can reach another, healthy API server.
      if (error instanceof ApiError && error.retryable) answer.discardConnection();
      throw error;
    }
  }

  async #token(request: FailureContext, signal: AbortSignal): Promise<string | undefined> {
    try {
      return this.#credential && (await abortable(this.#credential.token(), signal));
    } catch (error) {
      // A missing token is not the API server's fault.
      if (error === signal.reason) throw new ApiError('credential-timeout', request, { cause: error });
      const note = error instanceof Error ? `: ${error.message}` : '';
      throw new ApiError('credential-unreadable', request, { note, cause: error });
    }
  }
}
