// Tests for conflicts between the clusters of one file, and between the roles of one cluster.

import { describe, expect, test } from 'vitest';
import { minimal, problemsOf } from './entries.ts';

describe('clusters with the same web identity audience', () => {
  test('are rejected', () => {
    const credential = { webIdentity: { issuer: 'https://sts.example.com', audience: 'cwii' } };

    expect(problemsOf(minimal({ credential }), minimal({ name: 'other', credential }))).toEqual([
      'clusters[1].credential.webIdentity.audience is also used by clusters[0]: a token for one cluster would then be valid for the other; choose another audience, or remove the key',
    ]);
  });
});

describe('clusters with the same issuer', () => {
  const identityProvider = {};
  const [first, other] = [minimal({ identityProvider }), minimal({ name: 'other', identityProvider })];

  test('are rejected in the same account', () => {
    expect(problemsOf(first, other)).toEqual([
      'clusters[1].issuer is also used by clusters[0]: an account has one identity provider for each issuer, so IAM could not tell the pods of the two clusters apart; give each cluster its own issuer',
    ]);
  });

  test('are accepted in different accounts', () => {
    expect(problemsOf(first, { ...other, account: '123456789012' })).toEqual([]);
  });
});

describe('hosted issuers with the same host', () => {
  test('are rejected', () => {
    const issuerHosting = { certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' };
    const other = { name: 'other', issuer: 'https://oidc.example.com/other', issuerHosting };

    expect(problemsOf(minimal({ issuerHosting }), minimal(other))).toEqual([
      'clusters[1].issuer has a host that is also used by clusters[0]: each cluster with issuerHosting has its own distribution, and CloudFront serves a host from only one; give each issuer its own host',
    ]);
  });

  test('are accepted during the first deployment', () => {
    const first = (name: string) =>
      minimal({ name, issuer: `https://first-deployment.cloudfront.net/${name}`, issuerHosting: {} });

    expect(problemsOf(first('one'), first('two'))).toEqual([]);
  });
});

describe('roles with similar names', () => {
  test.for([
    [
      'in punctuation',
      'a.b',
      'clusters[0].workloadRoles[1].name is "a.b", which differs from "a-b" only in punctuation, but the names of stack outputs have none; choose another name',
    ],
    [
      'in case',
      'A-B',
      'clusters[0].workloadRoles[1].name is also used by clusters[0]: role names are unique in an account; choose another name',
    ],
  ] as const)('are rejected if they differ only %s', ([, name, problem]) => {
    const role = { namespace: 'shop', allServiceAccounts: true };
    const workloadRoles = ['a-b', name].map((roleName) => ({ ...role, name: roleName }));

    expect(problemsOf(minimal({ workloadRoles }))).toContain(problem);
  });
});
