// Checks the published discovery document: its host, certificate, form and content.

import { fieldOf, isObject, isString } from '../../../lib/common/json.ts';
import { type Check, failed, type Outcome, passed, skipped, warning } from '../check.ts';
import type { CheckCode } from '../check-codes.ts';
import { differenceOf } from '../difference.ts';
import { bodyOf, DOCUMENT_MS, discovery, type Fetched, trustedIssuer } from './documents.ts';
import { judgeUrl } from './token-checks.ts';

const issuerIsRight: readonly CheckCode[] = ['issuer-matches', 'issuer-url'];
const DAY_MS = 24 * 60 * 60 * 1000;
/** Certificates are renewed weeks before, those of some days halfway. */
const FEWEST_DAYS = 3;

export const reachable: Check = {
  code: 'issuer-reachable',
  unlessFailed: issuerIsRight,
  timeoutMs: DOCUMENT_MS,
  run: async (context) => judgeReachable(await context.fact(discovery)),
};

export function judgeReachable(fetched: Fetched): Outcome {
  if (fetched.state !== 'unreachable') return passed();
  return failed(
    `${fetched.url}: ${fetched.reason}`,
    'make the host answer on port 443 from the internet; look at its DNS record and its distribution',
  );
}

export const certificate: Check = {
  code: 'issuer-certificate',
  needs: ['issuer-reachable'],
  run: async (context) => judgeCertificate(await context.fact(discovery), Date.now()),
};

export function judgeCertificate(fetched: Fetched, now: number): Outcome {
  const remedy =
    'serve a certificate of a public authority for this name; if a proxy of your network replaces the certificate, run the check elsewhere';
  if (fetched.state === 'untrusted') return failed(`${fetched.url}: ${fetched.reason}`, remedy);
  const validTo = fetched.state === 'answered' ? fetched.answer.certificate?.validTo : undefined;
  if (validTo === undefined) return skipped('the connection showed no certificate');
  const days = Math.floor((validTo - now) / DAY_MS);
  return days < FEWEST_DAYS
    ? warning(`the certificate expires in ${days} days`, 'renew it, and find out why it was not renewed')
    : passed(`${days} days left`);
}

export const document: Check = {
  code: 'issuer-discovery',
  needs: ['issuer-certificate'],
  run: async (context) => judgeAnswer(await context.fact(discovery), 'a discovery document') ?? passed(),
};

/** Undefined if it is a JSON object that a cloud gets without a redirect. */
export function judgeAnswer(fetched: Fetched, what: string): Outcome | undefined {
  if (fetched.state !== 'answered') return skipped('it was not fetched');
  const { url, answer } = fetched;
  const { status, headers } = answer;
  if (status >= 300 && status < 400)
    return failed(
      `${url} redirects to ${headers.location ?? 'another address'} (${status}), and some clouds do not follow`,
      'serve the document itself at this URL',
    );
  if (status !== 200)
    return failed(
      `${url} answers ${status}`,
      'publish the document: run the issuer function and read its log, or upload the file (docs/issuer.md)',
    );
  if (!isObject(bodyOf(fetched))) return failed(`${url} is not ${what}`, 'publish the JSON document (docs/issuer.md)');
  return undefined;
}

export const contentType: Check = {
  code: 'issuer-content-type',
  needs: ['issuer-discovery'],
  run: async (context) => judgeContentType(await context.fact(discovery), ['application/json']),
};

/** OpenID Connect Discovery 1.0, section 4.2; RFC 7517, section 8.5. */
export function judgeContentType(fetched: Fetched, expected: readonly string[]): Outcome {
  const value = fetched.state === 'answered' ? fetched.answer.headers['content-type'] : undefined;
  const type = (value ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (expected.includes(type)) return passed();
  return warning(
    `${fetched.url} has the content type "${value ?? ''}", not ${expected[0]}: a cloud may reject it`,
    `store the object with the content type ${expected[0]}`,
  );
}

export const content: Check = {
  code: 'issuer-document',
  needs: ['issuer-discovery'],
  run: async (context) => judgeDocument(bodyOf(await context.fact(discovery)), await context.fact(trustedIssuer)),
};

/** Required by OpenID Connect Discovery 1.0, section 3, and by AWS. */
const requiredLists = [
  'response_types_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
] as const;

export function judgeDocument(body: unknown, issuer: string): Outcome {
  const remedy = 'publish the document that docs/issuer.md shows: the issuer function writes it';
  const found = fieldOf(body, 'issuer');
  if (!isString(found)) return failed('the discovery document has no issuer', remedy);
  if (found !== issuer)
    return failed(
      `the discovery document has the issuer "${found}", not "${issuer}": clouds reject the tokens. ${differenceOf(found, issuer)}`,
      remedy,
    );
  const missing = requiredLists.filter((name) => !Array.isArray(fieldOf(body, name)));
  if (missing.length > 0) return failed(`the discovery document has no ${missing.join(' and no ')}`, remedy);
  return passed();
}

export const jwksUri: Check = {
  code: 'issuer-jwks-uri',
  needs: ['issuer-discovery'],
  run: async (context) => judgeJwksUri(fieldOf(bodyOf(await context.fact(discovery)), 'jwks_uri')),
};

export function judgeJwksUri(value: unknown): Outcome {
  const remedy = 'publish a discovery document whose jwks_uri is the public https URL of the keys, without a port';
  if (!isString(value)) return failed('the discovery document has no jwks_uri', remedy);
  const problem = judgeUrl(value);
  return problem.result === 'failed'
    ? failed((problem.cause ?? '').replace(/^(no cloud can reach )?the issuer/, '$1the jwks_uri'), remedy)
    : passed(value);
}
