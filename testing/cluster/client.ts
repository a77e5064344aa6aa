// Talks to the API server as the cluster's administrator: plain HTTPS, kubectl, TokenRequest.

import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { controlPlaneBinary } from '../kubernetes.ts';
import { type Ended, run } from '../run.ts';

export type KubectlResult = Pick<Ended, 'stdout' | 'stderr'> & { readonly code: number };

export interface TokenOptions {
  /** Default: the audience of the API server, its issuer URL. */
  readonly audiences?: readonly string[];
  /** Lifetime, at least 600. Default: 3600. */
  readonly seconds?: number;
}

export interface ApiCallOptions {
  /** Default: application/merge-patch+json for PATCH, otherwise application/json. */
  readonly contentType?: string;
  /** Called with each warning of the API server. */
  readonly onWarning?: (text: string) => void;
}

export interface ClusterClient {
  /** Sends one request. The answer is not checked to be a T. Throws ApiError. */
  api<T = unknown>(method: string, path: string, body?: unknown, options?: ApiCallOptions): Promise<T>;
  /** Does not throw if the command fails: the result has its code and output. */
  kubectl(args: readonly string[], stdin?: string): Promise<KubectlResult>;
  /** Runs `kubectl apply`; throws if it fails. Its stderr has the warnings. */
  apply(yaml: string): Promise<KubectlResult>;
  /** Requests a token, as the kubelet does for a projected volume. */
  serviceAccountToken(namespace: string, name: string, options?: TokenOptions): Promise<string>;
}

/** An answer with a status of 400 or more, with the API server's message. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: string;
  constructor(call: string, status: number, body: string) {
    super(`${call}: ${status} ${statusMessage(body)}`);
    this.status = status;
    this.body = body;
  }
}

export interface ClusterAccess {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  readonly kubeconfigPath: string;
  /** The directory for kubectl's discovery cache, instead of the home directory. */
  readonly directory: string;
}

export function createClusterClient(access: ClusterAccess): ClusterClient & { close(): void } {
  const agent = new Agent({ ca: access.caPem, keepAlive: true });
  const client: ClusterClient = {
    api: <T>(
      method: string,
      path: string,
      body?: unknown,
      { contentType = defaultType(method), onWarning }: ApiCallOptions = {},
    ) =>
      new Promise<T>((resolve, reject) => {
        const payload = body === undefined ? undefined : JSON.stringify(body);
        const headers = {
          authorization: `Bearer ${access.token}`,
          accept: 'application/json',
          ...(payload === undefined ? {} : { 'content-type': contentType }),
        };
        const call = request(new URL(path, access.url), { method, agent, headers }, (response) => {
          let text = '';
          for (const warning of warningsIn(response.headers.warning)) onWarning?.(warning);
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('error', reject);
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            if (status >= 400) reject(new ApiError(`${method} ${path}`, status, text));
            else resolve((isJson(response.headers['content-type']) ? JSON.parse(text) : text) as T);
          });
        });
        call.on('error', (cause) =>
          reject(new Error(`${method} ${path} at ${access.url}: ${cause.message}`, { cause })),
        );
        call.end(payload);
      }),
    kubectl: (args, stdin) => runKubectl(access, args, stdin),
    apply: async (yaml) => {
      const result = await client.kubectl(['apply', '-f', '-'], yaml);
      if (result.code !== 0) throw new Error(`kubectl apply ended with code ${result.code}:\n${result.stderr}`);
      return result;
    },
    serviceAccountToken: async (namespace, name, { audiences, seconds = 3600 } = {}) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const answer = await client.api<{ status: { token: string } }>('POST', path, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences, expirationSeconds: seconds },
      });
      return answer.status.token;
    },
  };
  return { ...client, close: () => agent.destroy() };
}

/** Runs the kubectl of the control plane's release, so that no test depends on that of the machine. */
async function runKubectl(access: ClusterAccess, args: readonly string[], stdin = ''): Promise<KubectlResult> {
  const own = [`--kubeconfig=${access.kubeconfigPath}`, `--cache-dir=${join(access.directory, 'kubectl-cache')}`];
  const { code, signal, ...output } = await run([await controlPlaneBinary(), 'kubectl', ...own, ...args], {
    stdin,
    // KUBERC=off: preferences of the machine's user must not change the result of a test.
    env: { PATH: process.env.PATH, HOME: access.directory, KUBERC: 'off' },
  });
  if (code === null) throw new Error(`kubectl ${args.join(' ')} was ended by ${signal}`);
  return { code, ...output };
}

function defaultType(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}

function isJson(contentType = ''): boolean {
  return contentType.startsWith('application/json');
}

function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : body;
  } catch {
    // Plain text instead of a Status object, as from /readyz: the text is the message.
    return body;
  }
}

/** RFC 9111, section 5.5: `299 - "text"`, with quotation marks and backslashes escaped. */
function warningsIn(header = ''): string[] {
  return [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}
