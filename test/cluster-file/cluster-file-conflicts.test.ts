// What clusters of one file, and roles of one cluster, must not share: AWS would refuse it after minutes, or take one for the other.

import { describe, expect, test } from 'vitest';
import { minimal, told } from '../infra/cluster-entries.ts';

describe('what cannot be told apart is refused', () => {
  test('two clusters with one audience of the web identity', () => {
    const credential = { webIdentity: { issuer: 'https://sts.example.com', audience: 'cwii' } };

    expect(told(minimal({ credential }), minimal({ name: 'other', credential }))).toEqual([
      'clusters[1].credential.webIdentity.audience is that of clusters[0] too: with it a token for one cluster would open the other; give each its own, or leave it out',
    ]);
  });

  test('two clusters with one issuer, which AWS would not tell apart', () => {
    const identityProvider = {};
    const [first, other] = [minimal({ identityProvider }), minimal({ name: 'other', identityProvider })];

    expect(told(first, other)).toEqual([
      'clusters[1].issuer is that of clusters[0] too: an account has one identity provider for an issuer, and would take the pods of one cluster for those of the other; give each its own',
    ]);
    expect(told(first, { ...other, account: '123456789012' })).toEqual([]);
  });

  test('two clusters whose hosted issuers have one host', () => {
    const issuerHosting = { certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' };
    const other = { name: 'other', issuer: 'https://oidc.example.com/other', issuerHosting };

    expect(told(minimal({ issuerHosting }), minimal(other))).toEqual([
      'clusters[1].issuer has a host that is that of clusters[0] too: each cluster with issuerHosting has a distribution of its own, and CloudFront serves a host from one; give each its own host',
    ]);
  });

  test('clusters on their first deployment may wait for their hosts together', () => {
    const first = (name: string) =>
      minimal({ name, issuer: `https://first-deployment.cloudfront.net/${name}`, issuerHosting: {} });

    expect(told(first('one'), first('two'))).toEqual([]);
  });

  test.for([
    [
      'a.b',
      'clusters[0].workloadRoles[1].name is "a.b", which differs from "a-b" by no letter or digit, and the stack\'s outputs have only those; choose another name',
    ],
    [
      'A-B',
      'clusters[0].workloadRoles[1].name is that of clusters[0] too: an account has a role only once; choose another name',
    ],
  ] as const)('roles that AWS does not tell apart: a-b and %s', ([name, problem]) => {
    const role = { namespace: 'shop', allServiceAccounts: true };

    const problems = told(
      minimal({
        workloadRoles: [
          { ...role, name: 'a-b' },
          { ...role, name },
        ],
      }),
    );

    expect(problems).toContain(problem);
  });
});
