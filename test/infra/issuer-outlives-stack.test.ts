// Tests that the resources that serve an issuer are kept when its stack is deleted or no longer contains it.

import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { describe, expect, it } from 'vitest';
import { HostedIssuer } from '../../infra/index.ts';
import { type Json, Synthesized, webhookProps } from './synth.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const { cluster } = webhookProps();
const issuer = 'https://oidc.example.com/prod';
const zone = { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' };

const { template } = new Synthesized((stack) => {
  const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', zone);
  new HostedIssuer(stack, 'Issuer', { cluster, issuer, domain: { certificateArn, hostedZone } });
});
const kept = Object.entries<Json>(template.Resources).filter(([, { DeletionPolicy }]) =>
  /^Retain/.test(DeletionPolicy),
);

describe('the resources of a hosted issuer', () => {
  it('are kept, but deleted on a rollback of the first deployment if they would block the next one', () => {
    const policies = kept.map(([, { Type, DeletionPolicy, UpdateReplacePolicy }]) => [
      Type.replace('AWS::', ''),
      DeletionPolicy,
      UpdateReplacePolicy,
    ]);
    expect(policies.sort()).toEqual([
      ['CloudFront::CachePolicy', 'RetainExceptOnCreate', 'Retain'],
      ['CloudFront::Distribution', 'RetainExceptOnCreate', 'Retain'],
      ['CloudFront::OriginAccessControl', 'RetainExceptOnCreate', 'Retain'],
      ['Route53::RecordSet', 'RetainExceptOnCreate', 'Delete'],
      ['Route53::RecordSet', 'RetainExceptOnCreate', 'Delete'],
      // Its name is new in every deployment, and it may have objects already when a deployment is rolled
      // back.
      ['S3::Bucket', 'Retain', 'Retain'],
      ['S3::BucketPolicy', 'RetainExceptOnCreate', 'Retain'],
    ]);
  });

  it('refer only to resources that are kept as well', () => {
    const names = kept.map(([name]) => name);
    const references = [...JSON.stringify(kept).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)];
    const needed = references.flatMap(([, name = '']) => (name.startsWith('AWS::') ? [] : name));
    expect(needed.length).toBeGreaterThan(5);
    for (const name of needed) expect(names).toContain(name);
  });
});
