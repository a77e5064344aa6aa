// Requests to the token API: TokenRequest issues a ServiceAccount token, SelfSubjectReview names its user.

import * as z from 'zod/mini';
import { parseJson } from '../common/json.ts';
import type { Endpoint } from '../settings/cluster-credential.ts';
import { ApiClient } from './http/api-client.ts';
import { ClusterConnection } from './http/connection.ts';
import { BackoffRetry } from './http/retry-policy.ts';
import { ApiError, type FailureContext, statusError } from './http/status.ts';
import type { Answer } from './http/transport.ts';

const tokenView = z.object({ status: z.object({ token: z.string().check(z.minLength(1)) }) });
const reviewView = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) });

export class TokenRequests {
  readonly #connection: ClusterConnection;

  constructor(endpoint: Endpoint) {
    this.#connection = new ClusterConnection(endpoint);
  }

  /**
   * Requests a new token for the API server itself, with a token of the same ServiceAccount.
   *
   * @throws {ApiError} `token-rejected`, `token-forbidden`, `service-account-missing`, `cluster-unreachable`
   * or `cluster-answer-unexpected`.
   */
  async request(
    token: string,
    { namespace, name }: { readonly namespace: string; readonly name: string },
    expirationSeconds: number,
  ): Promise<string> {
    const context: FailureContext = {
      subject: `the API server did not issue a new token for ServiceAccount ${namespace}/${name}`,
      overrides: {
        ...overrides,
        forbidden: {
          code: 'token-forbidden',
          reason: 'the ServiceAccount is not allowed to request it',
          remedy: `in namespace ${namespace}, bind to the ServiceAccount a Role with the verb create on the resource serviceaccounts/token and resourceNames [${name}] (\`cwii manifests\` writes it)`,
        },
        'not-found': {
          code: 'service-account-missing',
          reason: 'the ServiceAccount does not exist',
          remedy: 'apply the manifests of cwii, then put a token of this ServiceAccount into the secret',
        },
      },
    };
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(name)}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } };
    const interpret = parserOf(tokenView, context);
    const { status } = await this.#clientWith(token).post({ ...context, path, interpret }, body, new BackoffRetry());
    return status.token;
  }

  /** The user that the API server authenticates the token as. @throws {ApiError} as `request` does. */
  async userOf(token: string): Promise<string> {
    const context: FailureContext = {
      subject: 'the API server did not name the user of the new token',
      overrides: {
        ...overrides,
        unauthorized: {
          ...overrides.unauthorized,
          reason: 'it rejected the token that it had issued',
          remedy: 'check that the API servers have the same issuers and signing keys',
        },
        forbidden: {
          code: 'cluster-answer-unexpected',
          reason: 'the API server forbids the request',
          remedy: 'check that the ClusterRole system:basic-user is bound to the group system:authenticated',
        },
      },
    };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const interpret = parserOf(reviewView, context);
    const { status } = await this.#clientWith(token).post({ ...context, path, interpret }, body, new BackoffRetry());
    return status.userInfo.username;
  }

  #clientWith(token: string): ApiClient {
    const credential = { audiences: [], token: () => Promise.resolve(token), rejected: () => undefined };
    return new ApiClient(this.#connection, credential);
  }
}

function parserOf<View extends z.ZodMiniType>(view: View, context: FailureContext): (answer: Answer) => z.output<View> {
  return (answer) => {
    if (answer.status >= 300) throw statusError(answer, context);
    const parsed = view.safeParse(parseJson(answer.body));
    if (!parsed.success) throw new ApiError('unreadable', context, { code: `HTTP ${answer.status}` });
    return parsed.data;
  };
}

/** Token rotation has its own codes: its log and alarms do not distinguish how the API server failed. */
const overrides = {
  unauthorized: {
    code: 'token-rejected',
    retryable: false,
    reason: 'it rejected the token in the secret',
    remedy:
      "put a new token into the secret if the ServiceAccount was deleted or created again; otherwise check whether the API server's issuer or signing keys have changed",
  },
  redirected: { code: 'cluster-answer-unexpected' },
  unreadable: { code: 'cluster-answer-unexpected', retryable: false },
  timeout: { code: 'cluster-unreachable' },
  'too-large': { code: 'cluster-unreachable' },
} as const satisfies FailureContext['overrides'];
