// A fake of the AWS account's outbound federation issuer: discovery document, keys and tokens.

import { createServer } from 'node:https';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { ServerCertificate } from '../../testing/certificates.ts';

export interface WebIdentity {
  readonly audience: string;
  readonly roleArn: string;
  readonly functionArn: string;
  /** Default: the account of the role. */
  readonly account?: string;
}

export interface WebIdentityIssuer {
  readonly url: string;
  /** A token like those of STS GetWebIdentityToken, with the claims that the trust depends on. */
  token(identity: WebIdentity): Promise<string>;
  stop(): Promise<void>;
}

export async function startWebIdentityIssuer({ certPem, keyPem }: ServerCertificate): Promise<WebIdentityIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES384');
  const key = { ...(await exportJWK(publicKey)), kid: 'EC384_0', alg: 'ES384', use: 'sig' };
  let url = '';
  const documents: Readonly<Record<string, () => object>> = {
    '/.well-known/openid-configuration': () => ({
      issuer: url,
      jwks_uri: `${url}/.well-known/jwks.json`,
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256', 'ES384'],
    }),
    '/.well-known/jwks.json': () => ({ keys: [key] }),
  };
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const document = documents[request.url ?? '']?.();
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as { port: number }).port}`;
  return {
    url,
    token: ({ audience, roleArn, functionArn, account = roleArn.split(':')[4] }) =>
      new SignJWT({
        'https://sts.amazonaws.com/': { aws_account: account, lambda_source_function_arn: functionArn },
      })
        .setProtectedHeader({ alg: 'ES384', kid: key.kid, typ: 'JWT' })
        .setIssuer(url)
        .setAudience(audience)
        .setSubject(roleArn)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
