// Checks the published keys against those of the API server, and against the signature of a fresh token.

import { fieldOf } from '../../../lib/common/json.ts';
import { type PublicKey, readPublicKey, thumbprintOf } from '../../../lib/issuer/public-key.ts';
import { type Check, failed, type Outcome, passed, skipped, warning } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { seconds } from '../time-limits.ts';
import { judgeAnswer, judgeCertificate, judgeContentType, judgeReachable } from './document-checks.ts';
import {
  AWS_WAITS_MS,
  bodyOf,
  clusterKeys,
  DOCUMENT_MS,
  discovery,
  type Fetched,
  factOf,
  fetchDocument,
  keySet,
  keysIn,
  type ListedKey,
  shortKeyId,
} from './documents.ts';
import { type SignedToken, signedToken } from './signed-token.ts';

export const keys: Check = {
  code: 'issuer-jwks',
  needs: ['issuer-jwks-uri'],
  timeoutMs: DOCUMENT_MS,
  run: async (context) => {
    const [fetched, { url }] = [await context.fact(keySet), await context.fact(discovery)];
    // `issuer-certificate` tells of a certificate of the same host that expires soon.
    const isSameHost = fetched.state === 'answered' && new URL(fetched.url).host === new URL(url).host;
    const ofContent = judgeKeySet(keysIn(bodyOf(fetched)));
    const problems = [
      judgeReachable(fetched),
      ...(isSameHost ? [] : [judgeCertificate(fetched, Date.now())]),
      judgeAnswer(fetched, 'a key set') ?? passed(),
      ofContent,
      judgeContentType(fetched, ['application/json', 'application/jwk-set+json']),
    ];
    return problems.find(({ result }) => result !== 'passed') ?? ofContent;
  },
};

export function judgeKeySet(listed: readonly ListedKey[] | undefined): Outcome {
  const remedy = "publish the API server's key set (/openid/v1/jwks) unchanged, as the issuer function does";
  if (!listed) return failed('the document at jwks_uri is not a key set', remedy);
  if (listed.length === 0) return failed('the published key set has no key', remedy);
  const problems = listed.flatMap(({ kid, jwk }) => problemOf(jwk, `the published key "${shortKeyId(kid)}"`));
  return problems.length > 0 ? failed(problems.join('; '), remedy) : passed(`kid ${kidsOf(listed)}`);
}

function problemOf(jwk: unknown, name: string): string[] {
  try {
    readPublicKey(jwk);
    return [];
  } catch (error) {
    return [`${name} ${(error as Error).message}`];
  }
}

export const published: Check = {
  code: 'issuer-keys',
  needs: ['issuer-jwks'],
  run: async (context) => {
    const own = await factOf(context, clusterKeys, 'issuer-algorithms');
    const signing = await keyIdOf(context);
    return judgePublished(
      own.filter(({ kid }) => kid !== signing),
      await publishedKeys(context),
      remedyOf(context),
    );
  },
};

/** Another check judges the signing key. Without it, every key is judged here. */
async function keyIdOf(context: CheckContext): Promise<string | undefined> {
  try {
    return (await context.fact(signedToken)).keyId;
  } catch {
    return undefined;
  }
}

async function publishedKeys(context: CheckContext): Promise<readonly PublicKey[]> {
  const listed = keysIn(bodyOf(await context.fact(keySet))) ?? [];
  // `issuer-jwks` names those that are not valid.
  return listed.filter(({ jwk }) => problemOf(jwk, '').length === 0).map(({ jwk }) => readPublicKey(jwk));
}

/** @param own the keys with which the API server verifies tokens, and the next one of which may sign. */
export function judgePublished(
  own: readonly ListedKey[],
  there: readonly PublicKey[],
  remedy: string,
): readonly Outcome[] {
  const problems = own.flatMap(({ kid, jwk }): Outcome[] => {
    const [problem] = problemOf(jwk, `the API server's key "${shortKeyId(kid)}"`);
    if (problem !== undefined)
      return [failed(`${problem}; the issuer function publishes nothing while it is there`, REMOVE_KEY)];
    return missingOf(kid, jwk, there).map((cause) => failed(cause, remedy));
  });
  return problems.length > 0 ? problems : [passed()];
}

const REMOVE_KEY = 'remove it from --service-account-key-file of every API server';

function missingOf(kid: string, jwk: unknown, there: readonly PublicKey[]): string[] {
  const same = there.find((key) => key.kid === kid);
  if (!same) return [`the API server's key ${shortKeyId(kid)} is not published; published are ${kidsOf(there)}`];
  if (thumbprintOf(same) !== thumbprintOf(readPublicKey(jwk)))
    return [`another key is published as ${shortKeyId(kid)} than the API server's`];
  return [];
}

export const signingKey: Check = {
  code: 'issuer-signing-key',
  needs: ['issuer-token', 'issuer-jwks'],
  run: async (context) => {
    const token = await context.fact(signedToken);
    const own = (await factOf(context, clusterKeys, 'issuer-algorithms')).find(({ kid }) => kid === token.keyId);
    // No cloud takes the key, published or not.
    if (!own || problemOf(own.jwk, '').length > 0) return skipped('it needs issuer-algorithms');
    const algorithms = fieldOf(bodyOf(await context.fact(discovery)), 'id_token_signing_alg_values_supported');
    return judgeSigningKey(token, { keys: await publishedKeys(context), algorithms }, remedyOf(context));
  },
};

export function judgeSigningKey(
  token: Pick<SignedToken, 'algorithm' | 'keyId' | 'isSignedBy'>,
  { keys: there, algorithms }: { readonly keys: readonly PublicKey[]; readonly algorithms: unknown },
  remedy: string,
): Outcome {
  const key = there.find(({ kid }) => kid === token.keyId);
  if (!key)
    return failed(
      `the API server signs with ${shortKeyId(token.keyId)}, which is not published: clouds reject every new token. Published are ${kidsOf(there)}`,
      remedy,
    );
  if (Array.isArray(algorithms) && !algorithms.includes(token.algorithm))
    return failed(
      `id_token_signing_alg_values_supported of the discovery document has ${algorithms.join(', ')}, but the API server signs with ${token.algorithm}`,
      remedy,
    );
  const isSigned = token.isSignedBy({ ...key });
  if (isSigned === undefined) return skipped('the algorithm of the signature is unknown');
  return isSigned
    ? passed(shortKeyId(token.keyId))
    : failed(`the published key ${shortKeyId(token.keyId)} does not verify the API server's tokens`, remedy);
}

function remedyOf({ cluster }: CheckContext): string {
  return cluster?.issuerHosting
    ? 'run the issuer function (`aws lambda invoke`, docs/issuer.md) and read its log; during a rotation wait five minutes'
    : 'upload `kubectl get --raw /openid/v1/jwks` to the jwks_uri, with the keys that are there (docs/issuer.md)';
}

function kidsOf(all: readonly { readonly kid: string }[]): string {
  return all.map(({ kid }) => shortKeyId(kid)).join(', ') || 'none';
}

const SLOW_MS = 2000;

export const answerTime: Check = {
  code: 'issuer-answer-time',
  needs: ['issuer-jwks'],
  timeoutMs: DOCUMENT_MS,
  run: async (context) => {
    const all = await Promise.all([context.fact(discovery), context.fact(keySet)]);
    const limitMs = context.limits.ofRequest(DOCUMENT_MS);
    const slowest = (fetched: readonly Fetched[]) => Math.max(...fetched.map((one) => timeOf(one, limitMs)));
    const slower = slowest(all);
    if (slower < SLOW_MS) return judgeTime(slower);
    // The first request of a day fills caches, and this machine may have been busy.
    const again = await Promise.all(all.map(({ url }) => fetchDocument(context, url)));
    return judgeTime(Math.min(slower, slowest(again)));
  },
};

/** @param limitMs the time until a host counts as dead. */
function timeOf(fetched: Fetched, limitMs: number): number {
  return fetched.state === 'answered' ? fetched.answer.receivedAt - fetched.answer.sentAt : limitMs;
}

export function judgeTime(milliseconds: number): Outcome {
  const cause = `the slower document took ${seconds(milliseconds)}, and AWS waits ${seconds(AWS_WAITS_MS)}`;
  const remedy = 'serve the documents from a cache near the clouds, such as CloudFront';
  if (milliseconds >= AWS_WAITS_MS) return failed(cause, remedy);
  return milliseconds >= SLOW_MS ? warning(cause, remedy) : passed(`${Math.round(milliseconds)} ms`);
}
