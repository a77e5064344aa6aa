// Whether the issuer publishes the key that signed a token, if a cloud could not verify it.

import { isObject, parseJson } from '../../../lib/common/json.ts';
import type { WebClient } from '../web-client.ts';
import type { IssuedToken } from './tokens.ts';

/** The reason why a cloud cannot verify the token, as far as it can be seen from here. */
export async function keyProblem(web: WebClient, { issuer, keyId }: IssuedToken, signal: AbortSignal): Promise<string> {
  try {
    const discovery = await readJson(web, `${issuer}/.well-known/openid-configuration`, signal);
    const jwksUri = String(discovery['jwks_uri']);
    if (discovery['issuer'] !== issuer) return `the document of ${issuer} has the issuer "${discovery['issuer']}"`;
    const { keys } = await readJson(web, jwksUri, signal);
    const ids = Array.isArray(keys) ? keys.map((key: unknown) => (isObject(key) ? String(key['kid']) : '')) : [];
    return ids.includes(keyId)
      ? `${jwksUri} has the key ${keyId} of the token now; the cloud may still have older keys`
      : `the key ${keyId} that signed the token is not in ${jwksUri}, which has ${ids.join(', ') || 'none'}`;
  } catch (error) {
    return `the keys of ${issuer} cannot be read from here: ${(error as Error).message}`;
  }
}

async function readJson(web: WebClient, url: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const { status, text } = await web.send(new URL(url), { signal });
  const value = parseJson(text);
  if (status !== 200) throw new Error(`${url} answers with status ${status}`);
  if (!isObject(value)) throw new Error(`${url} is not a JSON object`);
  return value;
}

export const KEY_REMEDY =
  'publish the keys of the API server at the issuer (docs/issuer.md), and wait until the cloud has read them again';
