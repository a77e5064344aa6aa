// A fresh ServiceAccount token of the API server: what it says about the issuer, without the token itself.

import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { fieldOf, isString, parseJson } from '../../../lib/common/json.ts';
import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import type { KubeAnswer } from '../../kubectl/kube-client.ts';
import type { CheckContext, Fact } from '../context.ts';

export interface SignedToken {
  readonly issuer: string;
  readonly algorithm: string;
  readonly keyId: string;
  /** The namespace and the name of its ServiceAccount. */
  readonly serviceAccount: string;
  /** The answer that brought it, for the clock of the API server. */
  readonly answer: Pick<KubeAnswer, 'headers' | 'sentAt' | 'receivedAt'>;
  /** Whether the key verifies the signature. Undefined for an algorithm that Node.js cannot verify here. */
  isSignedBy(key: JsonWebKey): boolean | undefined;
}

/** No cloud accepts this audience, and neither does an API server. */
const AUDIENCE = 'cwii-check';
/** The shortest lifetime that the API server accepts. */
const SECONDS = 600;

/**
 * Requests a token for a ServiceAccount that every namespace has. A TokenRequest creates no object. The
 * token is kept only inside of `isSignedBy`.
 *
 * @throws {KubeApiError} of the last namespace that was tried.
 */
export const signedToken: Fact<SignedToken> = async (context: CheckContext) => {
  const [first = 'default', ...others] = new Set([context.kubeconfig.namespace, 'default', 'kube-system']);
  let namespace = first;
  for (const next of others) {
    try {
      return await request(context, namespace);
    } catch (error) {
      // The user may have rights in another namespace, and the namespace of the context may not exist.
      if (!(error instanceof KubeApiError) || (error.status !== 403 && error.status !== 404)) throw error;
      namespace = next;
    }
  }
  return request(context, namespace);
};

async function request({ kube }: CheckContext, namespace: string): Promise<SignedToken> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
  const answer = await kube.send(path, {
    method: 'POST',
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [AUDIENCE], expirationSeconds: SECONDS },
    },
  });
  if (answer.status >= 400) throw KubeApiError.answered(`POST ${path}`, answer);
  const token = fieldOf(fieldOf(parseJson(answer.text), 'status'), 'token');
  return readToken(isString(token) ? token : '', `${namespace}/default`, answer);
}

/** Reads a JSON Web Token (RFC 7519) without a check of its signature. */
export function readToken(token: string, serviceAccount: string, answer: SignedToken['answer']): SignedToken {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const text = (part: string, name: string): string => {
    const value = fieldOf(parseJson(Buffer.from(part, 'base64url').toString('utf8')), name);
    return isString(value) ? value : '';
  };
  const algorithm = text(header, 'alg');
  return {
    issuer: text(payload, 'iss'),
    algorithm,
    keyId: text(header, 'kid'),
    serviceAccount,
    answer: { headers: answer.headers, sentAt: answer.sentAt, receivedAt: answer.receivedAt },
    isSignedBy: (key) => isSignedBy(algorithm, key, `${header}.${payload}`, signature),
  };
}

/** RFC 7518, section 3.1: RS256 to RS512 and ES256 to ES512. */
function isSignedBy(algorithm: string, key: JsonWebKey, data: string, signature: string): boolean | undefined {
  const bits = /^[RE]S(256|384|512)$/.exec(algorithm)?.[1];
  if (bits === undefined) return undefined;
  const publicKey = { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
  return verify(`sha${bits}`, Buffer.from(data), publicKey, Buffer.from(signature, 'base64url'));
}
