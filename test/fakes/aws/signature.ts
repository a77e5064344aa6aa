// Verifies the AWS signature (Signature Version 4) of a request, in its headers or in its query.

import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Signed {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The region and service that a signature must be for. */
export interface SignatureScope {
  readonly region: string;
  readonly service: string;
}

/** Implemented from the AWS documentation, independently of the signer under test. */
export function isSignedBy(key: Credentials, { region, service }: SignatureScope, request: Signed): boolean {
  const found = signatureOf(request);
  if (!found) return false;
  const { credential, signedHeaders, signature, date, sessionToken } = found;
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  if (credential !== `${key.accessKeyId}/${scope}` || sessionToken !== key.sessionToken) return false;

  const query = [...request.url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const headers = signedHeaders.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`);
  const canonical = [
    request.method,
    request.url.pathname,
    query.join('&'),
    headers.join(''),
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const signingKey = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${key.secretAccessKey}`);
  return hmac(signingKey, toSign).toString('hex') === signature;
}

interface Found {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  readonly sessionToken: string | undefined;
}

function signatureOf({ url, headers }: Signed): Found | undefined {
  const query = url.searchParams;
  if (query.has('X-Amz-Signature')) {
    return {
      credential: query.get('X-Amz-Credential') ?? '',
      signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
      signature: query.get('X-Amz-Signature') ?? '',
      date: query.get('X-Amz-Date') ?? '',
      sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    };
  }
  const [, credential = '', signedHeaders = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(headers.authorization ?? '') ?? [];
  if (signature === '') return undefined;
  const [date = '', sessionToken] = [headers['x-amz-date'], headers['x-amz-security-token']].map((value) =>
    value?.toString(),
  );
  return { credential, signedHeaders: signedHeaders.split(';'), signature, date, sessionToken };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Percent-encoding of RFC 3986, which also encodes characters that encodeURIComponent does not. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
