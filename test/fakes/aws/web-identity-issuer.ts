// A fake of an AWS account's outbound federation issuer: its tokens, and its documents over TLS.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import type { ServerCertificate } from '../../../testing/certificates.ts';

/** A function that calls GetWebIdentityToken. */
export interface CallingFunction {
  readonly account: string;
  readonly roleArn: string;
  readonly functionArn: string;
}

export interface TokenOrder {
  readonly audience: string;
  readonly algorithm: string;
  readonly seconds: number;
  /** How many seconds the issuer's clock is ahead. */
  readonly ahead?: number;
}

const keys = {
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

export type Algorithm = keyof typeof keys;

/** A token as in the IAM User Guide, "Understanding token claims". It has no `nbf`. */
export function webIdentityToken(issuer: string, caller: CallingFunction, order: TokenOrder): Promise<string> {
  const algorithm = order.algorithm as Algorithm;
  const iat = Math.floor(Date.now() / 1000) + (order.ahead ?? 0);
  const sts = {
    aws_account: caller.account,
    source_region: 'eu-central-1',
    principal_id: caller.roleArn,
    lambda_source_function_arn: caller.functionArn,
  };
  return new SignJWT({ 'https://sts.amazonaws.com/': sts })
    .setProtectedHeader({ alg: algorithm, kid: algorithm, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(order.audience)
    .setSubject(caller.roleArn)
    .setJti(randomUUID())
    .setIssuedAt(iat)
    .setExpirationTime(iat + order.seconds)
    .sign(keys[algorithm].privateKey);
}

/** The documents of an issuer, by path. */
export async function issuerDocuments(issuer: string): Promise<Readonly<Record<string, object>>> {
  return {
    '/.well-known/openid-configuration': {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: Object.keys(keys),
    },
    '/.well-known/jwks.json': {
      keys: await Promise.all(
        Object.entries(keys).map(async ([alg, { publicKey }]) => ({
          ...(await exportJWK(publicKey)),
          alg,
          kid: alg,
          use: 'sig',
        })),
      ),
    },
  };
}

/** Serves the discovery document and key set, which the API server fetches. */
export class WebIdentityIssuer implements AsyncDisposable {
  readonly #server: Server;

  static async start(certificate: ServerCertificate): Promise<WebIdentityIssuer> {
    const issuer = new WebIdentityIssuer(certificate);
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    return issuer;
  }

  private constructor({ certPem, keyPem }: ServerCertificate) {
    this.#server = createServer({ cert: certPem, key: keyPem }, async (request, response) => {
      const documents = await issuerDocuments(this.url);
      const document = documents[request.url ?? ''];
      response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document ?? {}));
    });
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
