// Knows what a token tells of the audiences of the API server that issued it, and that an odd one tells nothing.

import { describe, expect, it } from 'vitest';
import { audiencesOf } from '../../../../lib/cluster/credentials/token-claims.ts';

const jwt = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.signature`;

describe('the audiences of a token', () => {
  it.each([
    ['{"iss":"https://issuer.example.com","aud":["api","vault"]}', ['https://issuer.example.com', 'api', 'vault']],
    ['{"iss":"https://issuer.example.com","aud":"api"}', ['https://issuer.example.com', 'api']],
    ['{"iss":"kubernetes/serviceaccount"}', ['kubernetes/serviceaccount']],
    ['{"aud":["", 1, null, "api"]}', ['api']],
    ['{}', []],
  ])('are those of %s', (payload, audiences) => {
    expect(audiencesOf(jwt(payload))).toEqual(audiences);
  });

  it.each(['opaque', 'a.b', 'a.b.c', '', '..', jwt('null'), jwt('not JSON')])('are none of %s', (token) => {
    expect(audiencesOf(token)).toEqual([]);
  });
});
