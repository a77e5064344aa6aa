// Tests for a hosted issuer: bucket, distribution, function, and issuers that cannot be hosted.

import { Duration } from 'aws-cdk-lib';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { describe, expect, it } from 'vitest';
import { ClusterCredential, HostedIssuer, type HostedIssuerProps } from '../../infra/index.ts';
import { parseIssuerConfig } from '../../lib/issuer/issuer-config.ts';
import { type Json, Synthesized, synthError, webhookProps } from './synth.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const { cluster } = webhookProps();
const ownDomain: HostedIssuerProps = { cluster, issuer: 'https://oidc.example.com/prod', domain: { certificateArn } };

function hosted(changes: Partial<HostedIssuerProps> = {}): Synthesized {
  return new Synthesized((stack) => void new HostedIssuer(stack, 'Issuer', { ...ownDomain, ...changes }));
}

/** The text of an `Fn::Join`, with `{}` for values known only at deployment. */
function text(value: Json): string {
  const [separator, parts] = value['Fn::Join'];
  return parts.map((part: Json) => (typeof part === 'string' ? part : '{}')).join(separator);
}

const withDomain = hosted();

describe('an issuer on its own domain', () => {
  it('is served with security headers, and read from the bucket with an origin access control', () => {
    const { DefaultCacheBehavior, Origins } = withDomain.one('CloudFront::Distribution').DistributionConfig;
    // The managed policy SecurityHeadersPolicy.
    expect(DefaultCacheBehavior.ResponseHeadersPolicyId).toBe('67f7725c-6f97-4210-82d7-5512b31e9d03');
    const [control] = Origins[0].OriginAccessControlId['Fn::GetAtt'];
    expect(withDomain.template.Resources[control].Type).toBe('AWS::CloudFront::OriginAccessControl');
  });

  it('is stored in a private, encrypted and versioned bucket', () => {
    expect(withDomain.one('S3::Bucket')).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });

  it('lets CloudFront read only the two documents, and rejects TLS versions below 1.2', () => {
    const statements = withDomain.statements('S3::BucketPolicy');
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed).toHaveLength(1);
    expect(allowed[0]).toMatchObject({
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Condition: { StringEquals: { 'AWS:SourceArn': expect.anything() } },
    });
    expect(text(allowed[0].Condition.StringEquals['AWS:SourceArn'])).toBe('arn:{}:cloudfront::{}:distribution/{}');
    expect(allowed[0].Resource.map(text)).toEqual([
      '{}/prod/.well-known/openid-configuration',
      '{}/prod/openid/v1/jwks',
    ]);
    const denied = statements.filter(({ Effect }) => Effect === 'Deny').map(({ Condition }) => Condition);
    expect(denied).toContainEqual({ Bool: { 'aws:SecureTransport': 'false' } });
    expect(denied).toContainEqual({ NumericLessThan: { 's3:TlsVersion': 1.2 } });
  });

  it('is served at its host over https only, with TLS 1.2 or newer, through signed requests to the bucket', () => {
    const { DistributionConfig } = withDomain.one('CloudFront::Distribution');
    expect(DistributionConfig).toMatchObject({
      Aliases: ['oidc.example.com'],
      ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
      DefaultCacheBehavior: { AllowedMethods: ['GET', 'HEAD'], ViewerProtocolPolicy: 'https-only' },
    });
    expect(DistributionConfig.Origins[0].OriginAccessControlId).toBeDefined();
    const control = withDomain.one('CloudFront::OriginAccessControl').OriginAccessControlConfig;
    expect(control).toMatchObject({ SigningBehavior: 'always', SigningProtocol: 'sigv4' });
  });

  it('has resource names that are unique across regions', () => {
    const namesIn = (region: string) => {
      const synthesized = new Synthesized((stack) => void new HostedIssuer(stack, 'Issuer', ownDomain), {
        env: { region },
      });
      return [
        synthesized.one('CloudFront::OriginAccessControl').OriginAccessControlConfig.Name,
        synthesized.one('CloudFront::CachePolicy').CachePolicyConfig.Name,
      ];
    };
    const [here, there] = [namesIn('eu-central-1'), namesIn('us-east-1')];
    for (const [index, name] of here.entries()) expect(name).not.toBe(there[index]);
    expect(here[0].length).toBeLessThanOrEqual(64);
  });

  it('is cached for a minute, and errors for ten seconds', () => {
    const { CachePolicyConfig } = withDomain.one('CloudFront::CachePolicy');
    expect(CachePolicyConfig).toMatchObject({ MinTTL: 0, DefaultTTL: 60, MaxTTL: 60 });
    const { CustomErrorResponses } = withDomain.one('CloudFront::Distribution').DistributionConfig;
    expect(
      CustomErrorResponses.map(({ ErrorCode, ErrorCachingMinTTL }: Json) => [ErrorCode, ErrorCachingMinTTL]),
    ).toEqual([
      [403, 10],
      [404, 10],
    ]);
  });

  it('has a function that can access only its three objects in S3', () => {
    const statements = withDomain.statements().filter(({ Action }) => JSON.stringify(Action).includes('s3:'));
    expect(statements.map(({ Action }) => Action)).toEqual([['s3:GetObject', 's3:PutObject'], 's3:ListBucket']);
    expect(statements[0].Resource.map(text)).toEqual([
      '{}/prod/.well-known/openid-configuration',
      '{}/prod/openid/v1/jwks',
      '{}/state/prod.json',
    ]);
  });

  it('has a function whose environment is valid', () => {
    const { Variables } = withDomain.one('Lambda::Function').Environment;
    const config = parseIssuerConfig({
      ...Variables,
      CWII_ISSUER_BUCKET: 'a-bucket',
      AWS_REGION: 'eu-central-1',
    });
    expect(config).toMatchObject({ issuer: ownDomain.issuer, clusterName: 'prod', graceMs: 172_800_000 });
  });

  it('is published every five minutes, with two retries for a failed run until the next one', () => {
    const rule = withDomain.one('Events::Rule');
    expect(rule).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Input: '{}', RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 2 } }],
    });
    expect(withDomain.one('Lambda::EventInvokeConfig')).toMatchObject({
      MaximumEventAgeInSeconds: 300,
      MaximumRetryAttempts: 2,
    });
    const { Action, Principal, SourceArn } = withDomain.one('Lambda::Permission');
    expect({ Action, Principal }).toEqual({ Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' });
    expect(SourceArn).toBeDefined();
  });

  it('raises an alarm if three runs in a row published nothing or did not run, and on warnings', () => {
    const alarms = withDomain.all('CloudWatch::Alarm');
    expect(alarms.map(({ MetricName }) => MetricName).sort()).toEqual(['Published', 'Warnings']);
    expect(alarms.find(({ MetricName }) => MetricName === 'Published')).toMatchObject({
      Namespace: 'cwii',
      Dimensions: [
        { Name: 'cluster', Value: 'prod' },
        { Name: 'service', Value: 'issuer' },
      ],
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 3,
      TreatMissingData: 'breaching',
    });
  });

  it('has alias records in its hosted zone', () => {
    const synthesized = new Synthesized((stack) => {
      const zone = { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' };
      const hostedZone = HostedZone.fromHostedZoneAttributes(stack, 'Zone', zone);
      new HostedIssuer(stack, 'Issuer', { ...ownDomain, domain: { certificateArn, hostedZone } });
    });
    const records = synthesized.all('Route53::RecordSet').map(({ Name, Type }) => [Name, Type]);
    expect(records).toEqual([
      ['oidc.example.com.', 'A'],
      ['oidc.example.com.', 'AAAA'],
    ]);
  });

  it('has a configurable interval and grace period', () => {
    const custom = hosted({ interval: Duration.minutes(1), keyGrace: Duration.days(7) });
    expect(custom.one('Events::Rule').ScheduleExpression).toBe('rate(1 minute)');
    const { CWII_ISSUER_KEY_GRACE_SECONDS } = custom.one('Lambda::Function').Environment.Variables;
    expect(CWII_ISSUER_KEY_GRACE_SECONDS).toBe('604800');
  });
});

describe('an issuer on CloudFront’s own name', () => {
  it('has only a bucket and an empty distribution in the first deployment', () => {
    const first = new Synthesized((stack) => {
      new HostedIssuer(stack, 'Issuer', { cluster, issuer: 'https://first-deployment.cloudfront.net/prod' });
    });
    expect(first.all('CloudFront::Distribution')).toHaveLength(1);
    expect(first.all('Lambda::Function')).toEqual([]);
    expect(first.statements('S3::BucketPolicy').filter(({ Effect }) => Effect === 'Allow')).toEqual([]);
  });

  it('is served at the distribution’s name in the second deployment', () => {
    const second = new Synthesized((stack) => {
      new HostedIssuer(stack, 'Issuer', { cluster, issuer: 'https://d111111abcdef8.cloudfront.net' });
    });
    expect(second.one('CloudFront::Distribution').DistributionConfig.Aliases).toBeUndefined();
    const served = second.statements('S3::BucketPolicy').find(({ Effect }) => Effect === 'Allow');
    expect(served.Resource.map(text)).toEqual(['{}/.well-known/openid-configuration', '{}/openid/v1/jwks']);
  });
});

describe('the distribution of an issuer', () => {
  it('stays the same resource from the first deployment to an own domain, so that its name does not change', () => {
    const distributionOf = (props: Partial<HostedIssuerProps>) => {
      const { Resources } = hosted(props).template;
      return Object.keys(Resources).filter((id) =>
        /^AWS::(CloudFront::Distribution|S3::Bucket)$/.test(Resources[id].Type),
      );
    };
    const first = distributionOf({ domain: undefined, issuer: 'https://first-deployment.cloudfront.net/prod' });
    expect(first).toHaveLength(2);
    expect(distributionOf({ domain: undefined, issuer: 'https://d111111abcdef8.cloudfront.net/prod' })).toEqual(first);
    expect(distributionOf({})).toEqual(first);
  });
});

describe('an issuer that cannot be hosted', () => {
  const otherRegion = certificateArn.replace('us-east-1', 'eu-central-1');
  it.each([
    ['issuer-host-not-served', { domain: undefined }],
    ['issuer-host-not-served', { issuer: 'https://d111111abcdef8.cloudfront.net/prod' }],
    ['issuer-invalid', { issuer: 'https://oidc.example.com/prod/' }],
    ['issuer-invalid', { issuer: 'https://oidc.example.com:8443/prod' }],
    ['certificate-region', { domain: { certificateArn: otherRegion } }],
    ['issuer-invalid', { issuer: 'https://oidc.example.com/state/prod' }],
    ['schedule-invalid', { interval: Duration.hours(7) }],
  ])('is rejected with %s for %j', (code, changes) => {
    const error = synthError((scope) => void new HostedIssuer(scope, 'Issuer', { ...ownDomain, ...changes }));
    expect(error.code).toBe(code);
    expect(error.message).toContain('cwii-test/Issuer');
  });

  it('is rejected if the hosted zone does not contain its host', () => {
    const { code } = synthError((scope) => {
      const zone = { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.org' };
      const hostedZone = HostedZone.fromHostedZoneAttributes(scope, 'Zone', zone);
      new HostedIssuer(scope, 'Issuer', { ...ownDomain, domain: { certificateArn, hostedZone } });
    });
    expect(code).toBe('hosted-zone-other');
  });

  it('is rejected if the cluster cannot be read', () => {
    const { code } = synthError((scope) => {
      const unread = { name: 'prod', credential: ClusterCredential.none() };
      new HostedIssuer(scope, 'Issuer', { ...ownDomain, cluster: unread });
    });
    expect(code).toBe('issuer-config-invalid');
  });

  it('is rejected with the two ways to serve it if there is no certificate', () => {
    const { message } = synthError(
      (scope) => void new HostedIssuer(scope, 'Issuer', { ...ownDomain, domain: undefined }),
    );
    expect(message).toContain(
      'deploy twice: first with the issuer https://first-deployment.cloudfront.net/NAME, then with',
    );
  });
});
