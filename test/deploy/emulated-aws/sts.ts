// The parts of AWS STS that the emulator lacks: tokens with a public key, and tokens that are verified.

import type { IncomingHttpHeaders } from 'node:http';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { webIdentityToken } from '../../fakes/aws/web-identity-issuer.ts';
import type { Emulator, Exchange } from './emulator.ts';

export interface StsOptions {
  readonly emulator: Emulator;
  /** The `iss` of the tokens that STS signs for functions. */
  readonly issuer: string;
  /** Gets a document from the internet, as AWS does when it verifies a token. */
  readonly get: (url: string) => Promise<Exchange>;
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Every request also goes to the emulator, which evaluates the policies. */
export function createSts({ emulator, issuer, get }: StsOptions) {
  /** The emulator's own token has no signature that anybody could verify. */
  async function signToken(form: URLSearchParams, checked: Exchange): Promise<Exchange> {
    const [functionArn, roleArn] = [checked.headers['x-caller-function'], checked.headers['x-caller-role']].map(String);
    const seconds = Number(form.get('DurationSeconds') ?? 300);
    const token = await webIdentityToken(
      issuer,
      // The emulator names the version. Lambda's claim has no qualifier.
      {
        account: emulator.account,
        roleArn: roleArn ?? '',
        functionArn: functionArn?.replace(/:(\d+|\$LATEST)$/, '') ?? '',
      },
      { audience: form.get('Audience.member.1') ?? '', algorithm: form.get('SigningAlgorithm') ?? '', seconds },
    );
    const expiration = new Date(Date.now() + seconds * 1000).toISOString();
    return xml(
      200,
      `<GetWebIdentityTokenResponse xmlns="${NAMESPACE}"><GetWebIdentityTokenResult><WebIdentityToken>${token}</WebIdentityToken><Expiration>${expiration}</Expiration></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>`,
    );
  }

  /** What AWS checks before the trust policy: provider, audience, and the signature by the published keys. */
  async function refusalOf(form: URLSearchParams): Promise<string | undefined> {
    const token = form.get('WebIdentityToken') ?? '';
    const { iss = '', aud = [] } = decodeJwt(token);
    const audiences = await emulator.audiencesOfProvider(iss);
    if (!audiences) return `No OpenIDConnect provider found in your account for ${iss}`;
    if (![aud].flat().some((audience) => audiences.includes(audience))) return 'Incorrect token audience';
    try {
      const discovery = await document(`${iss}/.well-known/openid-configuration`);
      if (discovery['issuer'] !== iss) throw new Error(`the document's issuer is ${discovery['issuer']}`);
      const keys = (await document(String(discovery['jwks_uri']))) as unknown as JSONWebKeySet;
      await jwtVerify(token, createLocalJWKSet(keys), { issuer: iss });
      return undefined;
    } catch (error) {
      return `Couldn't retrieve verification key from your identity provider: ${(error as Error).message}`;
    }
  }

  async function document(url: string): Promise<Record<string, unknown>> {
    const { status, body } = await get(url);
    if (status !== 200) throw new Error(`${url} answered ${status}`);
    return JSON.parse(body.toString());
  }

  return async (method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): Promise<Exchange> => {
    const form = new URLSearchParams(body.toString());
    const action = form.get('Action');
    if (action === 'AssumeRoleWithWebIdentity') {
      const refusal = await refusalOf(form);
      if (refusal !== undefined) return refuse('InvalidIdentityToken', refusal);
    }
    const answer = await emulator.forward(method, path, headers, body);
    return action === 'GetWebIdentityToken' && answer.status === 200 ? signToken(form, answer) : answer;
  };
}

function refuse(code: string, message: string): Exchange {
  return xml(
    400,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  );
}

function xml(status: number, text: string): Exchange {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text) };
}
