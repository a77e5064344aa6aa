// Knows how a test speaks to the API server as the cluster's administrator: plain HTTPS, kubectl, TokenRequest.
import { spawn } from 'node:child_process';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { controlPlaneBinary } from '../binary.ts';

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TokenOptions {
  /** Default: the API server's own audience, its issuer URL. */
  readonly audiences?: readonly string[];
  /** Lifetime; the API server refuses less than 600. Default 3600. */
  readonly seconds?: number;
}

export interface ApiCallOptions {
  /** Default: application/merge-patch+json for PATCH, otherwise application/json. */
  readonly contentType?: string;
}

export interface ClusterClient {
  /** One request as administrator. T is the caller's word; the answer is not checked against it. Throws ApiError. */
  api<T = unknown>(method: string, path: string, body?: unknown, options?: ApiCallOptions): Promise<T>;
  /** Never throws for a failing command: its code and output are the answer. */
  kubectl(args: readonly string[], stdin?: string): Promise<KubectlResult>;
  /** `kubectl apply`; throws when that fails. Its stderr has the warnings. */
  apply(yaml: string): Promise<KubectlResult>;
  /** A token as the kubelet would project it. */
  serviceAccountToken(namespace: string, name: string, options?: TokenOptions): Promise<string>;
}

/** An answer of 400 or more, with the API server's own words. */
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
  /** Where kubectl keeps its discovery cache, in place of the home directory. */
  readonly directory: string;
}

export function createClusterClient(access: ClusterAccess): ClusterClient & { close(): void } {
  const agent = new Agent({ ca: access.caPem, keepAlive: true });
  const client: ClusterClient = {
    api: <T>(
      method: string,
      path: string,
      body?: unknown,
      { contentType = defaultType(method) }: ApiCallOptions = {},
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

/** Runs the kubectl of the control plane's own release, so that no test depends on the machine's. */
async function runKubectl(access: ClusterAccess, args: readonly string[], stdin = ''): Promise<KubectlResult> {
  const binary = await controlPlaneBinary();
  return new Promise((resolve, reject) => {
    const own = [`--kubeconfig=${access.kubeconfigPath}`, `--cache-dir=${join(access.directory, 'kubectl-cache')}`];
    const child = spawn(binary, ['kubectl', ...own, ...args], {
      // KUBERC=off: preferences of the machine's user must not change what a test sees.
      env: { PATH: process.env.PATH, HOME: access.directory, KUBERC: 'off' },
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === null) reject(new Error(`kubectl ${args.join(' ')} was ended by ${signal}`));
      else resolve({ code, ...output });
    });
    // A command that reads no input may close the pipe first; that it failed shows in its code.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    child.stdin.end(stdin);
  });
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
    // Not a Status object but plain text, as from /readyz: that text is the message.
    return body;
  }
}
