// A fake of AWS STS for GetWebIdentityToken, over its query protocol with XML.

import { type AwsAnswer, type AwsCall, AwsEndpoint } from './endpoint.ts';
import type { Credentials } from './signature.ts';
import { type CallingFunction, webIdentityToken } from './web-identity-issuer.ts';

export interface StsOptions {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  readonly region: string;
  /** Functions with the credentials that Lambda gives them. */
  readonly functions: readonly (CallingFunction & { readonly credentials: Credentials })[];
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export interface Sts {
  readonly endpoint: AwsEndpoint;
  /** Changes to the tokens of the next calls. */
  readonly tokens: { seconds?: number; ahead?: number; text?: string };
}

export async function startSts({ issuer, region, functions }: StsOptions): Promise<Sts> {
  const tokens: Sts['tokens'] = {};

  async function answer({ credentials, body }: AwsCall): Promise<AwsAnswer> {
    const form = new URLSearchParams(body);
    if (form.get('Action') !== 'GetWebIdentityToken')
      return refuse(400, 'InvalidAction', `no ${form.get('Action')} here`);
    const caller = functions.find((one) => one.credentials === credentials);
    if (!caller) return refuse(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
    const seconds = tokens.seconds ?? Number(form.get('DurationSeconds') ?? 300);
    const token =
      tokens.text ??
      (await webIdentityToken(issuer, caller, {
        audience: form.get('Audience.member.1') ?? '',
        algorithm: form.get('SigningAlgorithm') ?? '',
        seconds,
        ahead: tokens.ahead ?? 0,
      }));
    const expiration = new Date(Date.now() + seconds * 1000).toISOString();
    return xml(
      200,
      `<GetWebIdentityTokenResponse xmlns="${NAMESPACE}"><GetWebIdentityTokenResult><WebIdentityToken>${token}</WebIdentityToken><Expiration>${expiration}</Expiration></GetWebIdentityTokenResult></GetWebIdentityTokenResponse>`,
    );
  }

  const callers = functions.map(({ credentials }) => credentials);
  const endpoint = await AwsEndpoint.start({ service: 'sts', region, callers, answer, refuse });
  return { endpoint, tokens };
}

function refuse(status: number, code: string, message: string): AwsAnswer {
  const type = status < 500 ? 'Sender' : 'Receiver';
  return xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  );
}

function xml(status: number, body: string): AwsAnswer {
  return { status, type: 'text/xml', body };
}
