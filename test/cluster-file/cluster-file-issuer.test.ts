// cwii.yaml: what is said where the issuer, its hosting and what AWS can reach contradict each other.

import { expect, test } from 'vitest';
import { minimal, told } from '../infra/cluster-entries.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const CLOUDFRONT = 'https://d111111abcdef8.cloudfront.net';
const IN_CLUSTER = 'https://kubernetes.default.svc.cluster.local';

test.for<[string, object, string[]]>([
  [
    'hosting of an issuer that AWS cannot reach',
    { issuer: IN_CLUSTER, issuerHosting: { certificateArn } },
    [
      `clusters[0].issuer is ${IN_CLUSTER}, which AWS cannot reach, but issuerHosting needs it to; write the public issuer (on CloudFront's own name at first https://first-deployment.cloudfront.net/NAME)`,
    ],
  ],
  [
    'an identity provider alone for an issuer that AWS cannot reach',
    { issuer: IN_CLUSTER, identityProvider: {} },
    [
      `clusters[0].issuer is ${IN_CLUSTER}, which AWS cannot reach, but identityProvider needs it to; write the public issuer, which issuerHosting can publish`,
    ],
  ],
  [
    "a certificate for CloudFront's own name",
    { issuer: CLOUDFRONT, issuerHosting: { certificateArn } },
    [
      "clusters[0].issuerHosting.certificateArn has no use for d111111abcdef8.cloudfront.net, which is CloudFront's own name; remove it, or write an issuer on your domain",
    ],
  ],
  [
    "a zone with CloudFront's own name",
    { issuer: CLOUDFRONT, issuerHosting: { hostedZone: { id: 'Z0123456789ABCDEFGHIJ', name: 'example.com' } } },
    [
      'clusters[0].issuerHosting.hostedZone needs certificateArn: CloudFront serves a name of yours only with its certificate',
      "clusters[0].issuerHosting.hostedZone.name is example.com, but the issuer's host d111111abcdef8.cloudfront.net is not in that zone",
    ],
  ],
  [
    'a zone whose name the host only ends like',
    { issuerHosting: { certificateArn, hostedZone: { id: 'Z0123456789ABCDEFGHIJ', name: 'c.example.com' } } },
    [
      "clusters[0].issuerHosting.hostedZone.name is c.example.com, but the issuer's host oidc.example.com is not in that zone",
    ],
  ],
  [
    "hosting at the API server's own host",
    { issuer: 'https://api.prod.example.com', issuerHosting: { certificateArn } },
    [
      "clusters[0].issuer has the API server's own host api.prod.example.com, but issuerHosting publishes it elsewhere; give the issuer a name of its own",
    ],
  ],
  [
    "an identity provider for the API server's own audience",
    { identityProvider: { audiences: ['sts.amazonaws.com', 'https://oidc.example.com/prod'] } },
    [
      "clusters[0].identityProvider.audiences[1] is the API server's own audience; AWS would accept every token of the cluster",
    ],
  ],
  [
    "a slash after the account's issuer",
    { credential: { webIdentity: { issuer: 'https://a.tokens.sts.global.api.aws/' } } },
    [
      'clusters[0].credential.webIdentity.issuer is "https://a.tokens.sts.global.api.aws/"; write the issuer of the AWS account as aws iam get-outbound-web-identity-federation-info shows it, https://UUID.tokens.sts.global.api.aws',
    ],
  ],
])('%s', ([, change, problems]) => {
  expect(told(minimal(change))).toEqual(problems);
});

test('the host itself may be the zone', () => {
  const hostedZone = { id: 'Z0123456789ABCDEFGHIJ', name: 'oidc.example.com' };
  expect(told(minimal({ issuerHosting: { certificateArn, hostedZone } }))).toEqual([]);
});
