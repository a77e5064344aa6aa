// Tests of audiencesOf: the issuer and audiences of a token, and none for a malformed one.

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
  ])('are read from %s', (payload, audiences) => {
    expect(audiencesOf(jwt(payload))).toEqual(audiences);
  });

  it.each(['opaque', 'a.b', 'a.b.c', '', '..', jwt('null'), jwt('not JSON')])('are empty for %s', (token) => {
    expect(audiencesOf(token)).toEqual([]);
  });
});
