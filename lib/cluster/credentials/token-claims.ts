// What a ServiceAccount token says of the API server that issued it.

/**
 * The issuer and the audiences of a token. An API server accepts tokens for its `--api-audiences`, which are its issuer
 * unless set, and issues tokens for them unless asked for others. A token that is no JWT says nothing.
 */
export function audiencesOf(token: string): string[] {
  const payload = token.split('.')[1];
  if (payload === undefined) return [];
  try {
    const { iss, aud } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return [iss, aud].flat().filter((name): name is string => typeof name === 'string' && name !== '');
  } catch {
    // An opaque token, such as one of a static token file, has no claims; it authenticates all the same.
    return [];
  }
}
