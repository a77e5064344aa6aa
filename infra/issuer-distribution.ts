// Where an issuer's documents are kept and served from: a private bucket, and CloudFront, which may read those documents only.

import { Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  HttpVersion,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeRule } from './acknowledged-rules.ts';

/**
 * Of what serves the issuer: pods' tokens are worth something only as long as their issuer's keys are served, and CloudFront
 * gives the same name to nobody twice. Rolled back, a first deployment leaves nothing that would stand in the next one's way.
 */
export const OUTLIVES_THE_STACK = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

export interface IssuerDistributionProps {
  /** The keys of the objects that are public. None: nothing is served yet. */
  readonly publicKeys: readonly string[];
  /** Absent: CloudFront's own name. */
  readonly domain?: { readonly host: string; readonly certificate: ICertificate } | undefined;
}

export class IssuerDistribution extends Construct {
  readonly bucket: Bucket;
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, { publicKeys, domain }: IssuerDistributionProps) {
    super(scope, id);
    this.bucket = this.#createBucket();
    const accessControl = this.#createAccessControl();
    const cachePolicy = this.#createCachePolicy();
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'cwii: discovery document and keys of a cluster',
      defaultBehavior: {
        // Not withOriginAccessControl, which would let CloudFront read every object of the bucket.
        origin: S3BucketOrigin.withBucketDefaults(this.bucket as IBucket, {
          originAccessControlId: accessControl.originAccessControlId,
        }),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        // No redirect: an issuer is https, and a verifier that asked otherwise should hear of it.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy,
        responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
        compress: true,
      },
      // What is not there yet must not be remembered as missing.
      errorResponses: [403, 404].map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(10) })),
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(domain && {
        domainNames: [domain.host],
        certificate: domain.certificate,
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    });
    this.#allowReading(publicKeys);
    // All of it or nothing: without its policy the bucket answers CloudFront 403, and what a distribution uses cannot go.
    const serving = [this.bucket.policy, accessControl, cachePolicy, this.distribution];
    for (const resource of serving) resource?.applyRemovalPolicy(OUTLIVES_THE_STACK);
    this.#acknowledge(domain !== undefined);
  }

  #createBucket(): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // A lost state forgets dropped keys; versions bring it back.
      versioned: true,
      lifecycleRules: [{ id: 'old-versions', noncurrentVersionExpiration: Duration.days(90) }],
      // Not deleted when a first deployment is rolled back either: by then there may be something in it.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledgeRule(bucket, 'AwsSolutions-S1', 'The two documents are public, and one function writes the bucket.');
    return bucket;
  }

  /** CDK's own name has no region, but an account has each name once in all of them; CloudFront takes 64 characters. */
  #createAccessControl(): S3OriginAccessControl {
    const name = Names.uniqueResourceName(this, { maxLength: 64 - '-ap-southeast-99'.length });
    const originAccessControlName = `${name}-${Stack.of(this).region}`;
    return new S3OriginAccessControl(this, 'AccessControl', { originAccessControlName });
  }

  /** Short: a verifier must see a new key within minutes, and a dropped one no longer than that. */
  #createCachePolicy(): CachePolicy {
    return new CachePolicy(this, 'Cache', {
      comment: 'cwii: a key that was dropped is gone within a minute',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.minutes(1),
      maxTtl: Duration.minutes(1),
      cookieBehavior: CacheCookieBehavior.none(),
      headerBehavior: CacheHeaderBehavior.none(),
      queryStringBehavior: CacheQueryStringBehavior.none(),
      enableAcceptEncodingGzip: true,
      enableAcceptEncodingBrotli: true,
    });
  }

  /** Exactly the public objects: the function's own state, beside them, stays private. */
  #allowReading(keys: readonly string[]): void {
    if (keys.length === 0) return;
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudFrontReadsTheDocuments',
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: keys.map((key) => this.bucket.arnForObjects(key)),
        conditions: { StringEquals: { 'AWS:SourceArn': this.distribution.distributionArn } },
      }),
    );
  }

  #acknowledge(ownDomain: boolean): void {
    const { distribution } = this;
    acknowledgeRule(distribution, 'AwsSolutions-CFR1', "Clouds fetch an issuer's documents from any country.");
    acknowledgeRule(
      distribution,
      'AwsSolutions-CFR2',
      'Two cached public documents; there is nothing to attack behind.',
    );
    acknowledgeRule(distribution, 'AwsSolutions-CFR3', 'Who reads two public documents is no secret.');
    if (!ownDomain)
      acknowledgeRule(
        distribution,
        'AwsSolutions-CFR4',
        "CloudFront's own name has CloudFront's own certificate, for which no TLS version can be chosen.",
      );
  }
}
