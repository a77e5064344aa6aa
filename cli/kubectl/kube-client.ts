// Reads the cluster as the user of the kubeconfig, through `kubectl proxy`.

import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { isObject, parseJson } from '../../lib/common/json.ts';
import { KubeApiError } from './kube-api-error.ts';
import type { ClusterChoice } from './kubectl.ts';
import { startKubectlProxy } from './proxy.ts';

export interface KubeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The clock of this machine, in milliseconds, before and after the request. */
  readonly sentAt: number;
  readonly receivedAt: number;
}

export interface KubeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly accept?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/** One page of a list. The items have no `kind` and `apiVersion` of their own. */
export interface KubeList<T> {
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly items: readonly T[] | null;
}

/** The accept header of a list of metadata; see METADATA. */
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

const PAGE = 500;

/** A connection that was used before, and on which the server sent no answer. */
class ClosedConnection extends Error {}

export class KubeClient implements AsyncDisposable {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  readonly #stop: () => PromiseLike<void>;

  private constructor(socketPath: string, stop: () => PromiseLike<void>) {
    this.#socketPath = socketPath;
    this.#stop = stop;
  }

  /** @throws {CwiiError} `kubectl-missing` or `kubectl-failed`. The cluster itself is not called. */
  static async connect(choice: ClusterChoice): Promise<KubeClient> {
    const proxy = await startKubectlProxy(choice);
    return new KubeClient(proxy.socketPath, () => proxy[Symbol.asyncDispose]());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await this.#stop();
  }

  /** Sends one request. An answer with any status is returned. @throws {KubeApiError} without an answer. */
  async send(path: string, options: KubeRequest = {}): Promise<KubeAnswer> {
    const { method = 'GET' } = options;
    for (;;) {
      try {
        return await this.#sendOnce(path, options);
      } catch (error) {
        // The server closed an idle connection while the request was on its way; the next one is another.
        if (method === 'GET' && error instanceof ClosedConnection) continue;
        throw KubeApiError.unanswered(`${method} ${path}`, error as Error);
      }
    }
  }

  #sendOnce(path: string, { method = 'GET', body, accept, contentType, signal }: KubeRequest): Promise<KubeAnswer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: accept ?? 'application/json',
      ...(payload === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
    };
    const sentAt = Date.now();
    return new Promise((resolve, reject) => {
      const call = request(
        { socketPath: this.#socketPath, path, method, headers, agent: this.#agent, ...(signal && { signal }) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
              sentAt,
              receivedAt: Date.now(),
            }),
          );
        },
      );
      call.on('error', (error: NodeJS.ErrnoException) =>
        reject(call.reusedSocket && error.code === 'ECONNRESET' ? new ClosedConnection(error.message) : error),
      );
      call.end(payload);
    });
  }

  /** The parsed answer; its type is not checked. @throws {KubeApiError} for a status of 400 or more. */
  async call<T>(path: string, options: KubeRequest = {}): Promise<T> {
    const answer = await this.send(path, options);
    const body = parseJson(answer.text);
    if (answer.status >= 400 || !isObject(body))
      throw KubeApiError.answered(`${options.method ?? 'GET'} ${path}`, answer);
    return body as T;
  }

  /** The object, or undefined if it does not exist. */
  async find<T>(path: string, options: KubeRequest = {}): Promise<T | undefined> {
    try {
      return await this.call<T>(path, options);
    } catch (error) {
      if (error instanceof KubeApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** The items of a list in pages, so that a large cluster is never in memory as one text. */
  async *pages<T>(path: string, options: KubeRequest = {}): AsyncGenerator<readonly T[]> {
    let next: string | undefined;
    do {
      const separator = path.includes('?') ? '&' : '?';
      const from = next === undefined ? '' : `&continue=${encodeURIComponent(next)}`;
      const { items, metadata } = await this.call<KubeList<T>>(`${path}${separator}limit=${PAGE}${from}`, options);
      // The API server writes null for some empty lists of metadata.
      yield items ?? [];
      next = metadata?.continue || undefined;
    } while (next !== undefined);
  }

  async list<T>(path: string, options: KubeRequest = {}): Promise<T[]> {
    const all: T[] = [];
    for await (const items of this.pages<T>(path, options)) all.push(...items);
    return all;
  }
}
