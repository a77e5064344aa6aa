// The issuer as a cloud sees it: an HTTPS host in front of the bucket, and a verifier of tokens.

import { createServer, type RequestOptions, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose';
import type { TestAuthority } from '../../testing/certificates.ts';

export interface Served {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface IssuerHost {
  /** Gets a URL of the issuer's host. */
  fetch(url: string): Promise<Served>;
  /** Verifies a token with the documents that its issuer serves now. Throws if a cloud would reject it. */
  verify(token: string, expected: { issuer: string; audience: string }): Promise<JWTPayload>;
  stop(): Promise<void>;
}

interface DiscoveryDocument {
  readonly issuer: string;
  readonly jwks_uri: string;
  readonly id_token_signing_alg_values_supported: readonly string[];
  readonly response_types_supported: readonly string[];
  readonly subject_types_supported: readonly string[];
}

/** @param host the host name that it serves, at port 443 of its URLs. */
export async function startIssuerHost(
  s3: S3Client,
  bucket: string,
  host: string,
  authority: TestAuthority,
): Promise<IssuerHost> {
  const { certPem, keyPem } = await authority.issue([host]);
  const server = createServer({ cert: certPem, key: keyPem }, async (call, answer) => {
    const Key = (call.url ?? '').slice(1);
    // CloudFront must not serve the state, so this host does not either.
    try {
      if (call.method !== 'GET' || Key.startsWith('state/')) throw new Error('not served');
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const body = await object.Body?.transformToString();
      answer.writeHead(200, { 'content-type': object.ContentType, 'cache-control': object.CacheControl }).end(body);
    } catch {
      answer.writeHead(403).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const get = (url: string) =>
    new Promise<Served>((resolve, reject) => {
      const { hostname, pathname, port: named } = new URL(url);
      if (hostname !== host || named !== '') throw new Error(`${url} is not on ${host} at port 443`);
      const options: RequestOptions = {
        host: '127.0.0.1',
        port,
        path: pathname,
        servername: host,
        ca: authority.certPem,
      };
      const call = request({ ...options, headers: { host }, agent: false }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
      });
      call.on('error', reject);
      call.end();
    });

  return {
    fetch: get,
    verify: async (token, { issuer, audience }) => {
      const { status, body } = await get(`${issuer}/.well-known/openid-configuration`);
      if (status !== 200) throw new Error(`the discovery document answers ${status}`);
      const document = JSON.parse(body) as DiscoveryDocument;
      if (document.issuer !== issuer) throw new Error(`the document's issuer is ${document.issuer}`);
      if (new URL(document.jwks_uri).host !== new URL(issuer).host)
        throw new Error(`${document.jwks_uri} is elsewhere`);
      const keys = createRemoteJWKSet(new URL(document.jwks_uri), {
        // No cache of keys: every verification is the first one of a cloud.
        [customFetch]: async (url) => {
          const served = await get(url);
          return new Response(served.body, { status: served.status });
        },
      });
      const algorithms = [...document.id_token_signing_alg_values_supported];
      return (await jwtVerify(token, keys, { issuer, audience, algorithms })).payload;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
