// Requests ServiceAccount tokens as the kubelet does, and checks their claims.

import { isObject, parseJson } from '../../../lib/common/json.ts';
import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import type { KubeClient } from '../../kubectl/kube-client.ts';
import { type Identity, type ServiceAccountName, subjectOf, type TokenOrder } from '../../trust/identities.ts';
import { type Check, failed, type Outcome, skipped } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import { differenceOf } from '../difference.ts';
import type { Target } from './targets.ts';

/** A token in memory. It is never part of an outcome. */
export interface IssuedToken {
  readonly jwt: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  readonly keyId: string;
  /** The API server's clock at the issue, in milliseconds. */
  readonly issuedAt: number;
  /** The clock of this machine at the same time. */
  readonly receivedAt: number;
}

export type TokenResult = { readonly token: IssuedToken } | { readonly token?: undefined; readonly outcome: Outcome };

/** Each token is requested once for all checks. */
export class TokenStore {
  readonly #context: CheckContext;
  readonly #results = new Map<string, Promise<TokenResult>>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  of({ serviceAccount, label }: Target, { audience, expirationSeconds }: TokenOrder): Promise<TokenResult> {
    const key = JSON.stringify([label, audience, expirationSeconds]);
    const known = this.#results.get(key);
    if (known) return known;
    const order = { audience, expirationSeconds };
    const result = this.#request(serviceAccount, order, `${label}, audience ${audience}`);
    this.#results.set(key, result);
    return result;
  }

  async #request(serviceAccount: ServiceAccountName, order: TokenOrder, subject: string): Promise<TokenResult> {
    try {
      const token = await requestToken(this.#context.kube, serviceAccount, order);
      const cause = problemOf(token, serviceAccount, order, this.#context.cluster?.issuer);
      if (cause === undefined) return { token };
      const remedy =
        "make `issuer` in cwii.yaml and the API server's first --service-account-issuer equal, character for character";
      return { outcome: failed(cause, remedy, subject) };
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      if (error.status === 401 || error.status === 403 || error.isUnreachable)
        return { outcome: skipped(error.detail, subject) };
      const remedy = 'correct the audience and the lifetime in the annotations';
      return { outcome: failed(`the API server issues no token: ${error.detail}`, remedy, subject) };
    }
  }
}

export const tokenStore: Fact<TokenStore> = async (context) => new TokenStore(context);

export function tokenCheck(targets: Fact<readonly Target[]>): Check {
  return {
    code: 'trust-token',
    needs: ['cluster-reachable'],
    run: async (context) => {
      const store = await context.fact(tokenStore);
      const wanted = (await context.fact(targets)).flatMap((target) =>
        identitiesOf(target).map((identity) => ({ target, identity })),
      );
      if (wanted.length === 0) return skipped('no identity is requested');
      // Identities with the same audience share a token.
      const results = new Map<Promise<TokenResult>, (typeof wanted)[number]>();
      for (const one of wanted) results.set(store.of(one.target, one.identity), one);
      return Promise.all(
        [...results].map(async ([result, { target, identity }]): Promise<Outcome> => {
          const { token, outcome } = { outcome: undefined, ...(await result) };
          if (outcome) return outcome;
          const detail = `audience ${identity.audience}, issuer ${token?.issuer}, subject ${token?.subject}, key ${token?.keyId}`;
          return { result: 'passed', subject: target.label, detail };
        }),
      );
    },
  };
}

export function identitiesOf({ requests }: Target): readonly Identity[] {
  return requests.clouds.flatMap(({ identities }) => identities);
}

async function requestToken(
  kube: KubeClient,
  { namespace, name }: ServiceAccountName,
  { audience, expirationSeconds }: TokenOrder,
): Promise<IssuedToken> {
  const { status } = await kube.call<{ readonly status: { readonly token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      method: 'POST',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [audience], expirationSeconds },
      },
    },
  );
  const receivedAt = Date.now();
  const [header, claims] = status.token.split('.').map(decoded);
  return {
    jwt: status.token,
    issuer: String(claims?.['iss']),
    subject: String(claims?.['sub']),
    audience: [claims?.['aud']].flat().map(String).join(', '),
    keyId: String(header?.['kid']),
    issuedAt: Number(claims?.['iat']) * 1000,
    receivedAt,
  };
}

function decoded(part: string): Readonly<Record<string, unknown>> {
  const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
  return isObject(value) ? value : {};
}

function problemOf(
  token: IssuedToken,
  serviceAccount: ServiceAccountName,
  { audience }: TokenOrder,
  issuer: string | undefined,
): string | undefined {
  const expected = [
    ['iss', issuer ?? token.issuer, token.issuer, 'cwii.yaml has'],
    ['aud', audience, token.audience, 'a pod requests'],
    ['sub', subjectOf(serviceAccount), token.subject, 'the ServiceAccount has'],
  ] as const;
  const [claim, value, actual, where] = expected.find(([, wanted, found]) => wanted !== found) ?? [];
  if (claim === undefined || value === undefined || actual === undefined) return undefined;
  return `the token has ${claim} "${actual}", ${where} "${value}". ${differenceOf(actual, value)}`;
}
