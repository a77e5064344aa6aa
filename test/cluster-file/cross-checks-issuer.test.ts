// Tests for keys of one cluster that contradict its issuer, the hosting of the issuer, or what AWS can reach.

import { describe, expect, test } from 'vitest';
import { minimal, problemsOf } from './entries.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const CLOUDFRONT = 'https://d111111abcdef8.cloudfront.net';
const IN_CLUSTER = 'https://kubernetes.default.svc.cluster.local';
const zone = (name: string) => ({ id: 'Z0123456789ABCDEFGHIJ', name });

describe('a cluster is rejected if it has', () => {
  test.for<[string, object, string[]]>([
    [
      'hosting for an issuer that AWS cannot reach',
      { issuer: IN_CLUSTER, issuerHosting: { certificateArn } },
      [
        `clusters[0].issuer is ${IN_CLUSTER}, which AWS cannot reach, but issuerHosting requires that; write the public issuer; for CloudFront's own name begin with https://first-deployment.cloudfront.net/NAME`,
      ],
    ],
    [
      'an identity provider for an issuer that AWS cannot reach',
      { issuer: IN_CLUSTER, identityProvider: {} },
      [
        `clusters[0].issuer is ${IN_CLUSTER}, which AWS cannot reach, but identityProvider requires that; write the public issuer, which issuerHosting can publish`,
      ],
    ],
    [
      'workload roles for an issuer that AWS cannot reach',
      { issuer: IN_CLUSTER, workloadRoles: [{ name: 'shop', namespace: 'shop', allServiceAccounts: true }] },
      [
        `clusters[0].issuer is ${IN_CLUSTER}, which AWS cannot reach, but workloadRoles requires that; write the public issuer, which issuerHosting can publish`,
      ],
    ],
    [
      'hosting without a certificate for a host on its own domain',
      { issuerHosting: {} },
      [
        'clusters[0].issuerHosting has no certificateArn, so CloudFront can serve only its own name, not oidc.example.com; either set certificateArn to a certificate for your domain, or deploy twice: first with the issuer https://first-deployment.cloudfront.net/NAME, then with the value of the stack output IssuerDistributionDomain as its host',
      ],
    ],
    [
      "a certificate for CloudFront's own name",
      { issuer: CLOUDFRONT, issuerHosting: { certificateArn } },
      [
        "clusters[0].issuerHosting.certificateArn cannot be used for d111111abcdef8.cloudfront.net, which is CloudFront's own name; remove it, or use an issuer on your own domain",
      ],
    ],
    [
      "a zone for CloudFront's own name",
      { issuer: CLOUDFRONT, issuerHosting: { hostedZone: zone('example.com') } },
      [
        'clusters[0].issuerHosting.hostedZone requires certificateArn, because CloudFront serves your domain only with its certificate; add certificateArn',
        "clusters[0].issuerHosting.hostedZone.name is example.com, but the issuer's host d111111abcdef8.cloudfront.net is not in that zone; write the zone of the host",
      ],
    ],
    [
      'a zone whose name is only a suffix of the host',
      { issuerHosting: { certificateArn, hostedZone: zone('c.example.com') } },
      [
        "clusters[0].issuerHosting.hostedZone.name is c.example.com, but the issuer's host oidc.example.com is not in that zone; write the zone of the host",
      ],
    ],
    [
      "a hosted issuer on the API server's host",
      { issuer: 'https://api.prod.example.com', issuerHosting: { certificateArn } },
      [
        "clusters[0].issuer has the API server's own host api.prod.example.com, but issuerHosting publishes it from CloudFront; use another host",
      ],
    ],
    [
      "an identity provider for the API server's own audience",
      { identityProvider: { audiences: ['sts.amazonaws.com', 'https://oidc.example.com/prod'] } },
      [
        "clusters[0].identityProvider.audiences[1] is the API server's own audience; AWS would accept every token of the cluster. Remove it",
      ],
    ],
    [
      "a trailing slash in the account's issuer",
      { credential: { webIdentity: { issuer: 'https://a.tokens.sts.global.api.aws/' } } },
      [
        'clusters[0].credential.webIdentity.issuer is "https://a.tokens.sts.global.api.aws/"; write the AWS account\'s issuer, https://UUID.tokens.sts.global.api.aws, as shown by `aws iam get-outbound-web-identity-federation-info`',
      ],
    ],
  ])('%s', ([, changes, problems]) => {
    expect(problemsOf(minimal(changes))).toEqual(problems);
  });
});

test("accepts a zone that is the issuer's host itself", () => {
  const issuerHosting = { certificateArn, hostedZone: zone('oidc.example.com') };

  expect(problemsOf(minimal({ issuerHosting }))).toEqual([]);
});
