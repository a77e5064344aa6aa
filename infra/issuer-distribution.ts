// Stores an issuer's documents in a private bucket and serves them through CloudFront.

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
import { acknowledge } from './nag.ts';

/**
 * The removal policy of every resource that serves the issuer. Clouds accept pods' tokens only while the
 * issuer's keys are served, and CloudFront never assigns the same name again. On a rollback of the first
 * deployment the resources are deleted, so that they do not block the next one.
 */
export const OUTLIVES_THE_STACK = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

export interface IssuerDistributionProps {
  /** The keys of the public objects. Empty if nothing is served yet. */
  readonly publicKeys: readonly string[];
  /** @default CloudFront's own name */
  readonly domain?: { readonly host: string; readonly certificate: ICertificate } | undefined;
  readonly webAclId?: string | undefined;
  readonly accessLogs?: { readonly bucket: IBucket; readonly prefix?: string | undefined } | undefined;
}

export class IssuerDistribution extends Construct {
  readonly bucket: Bucket;
  readonly distribution: Distribution;

  constructor(scope: Construct, id: string, props: IssuerDistributionProps) {
    super(scope, id);
    const { publicKeys, domain, webAclId, accessLogs } = props;
    this.bucket = this.#createBucket();
    const accessControl = this.#createAccessControl();
    const cachePolicy = this.#createCachePolicy();
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'cwii: discovery document and keys of a cluster',
      defaultBehavior: {
        // withOriginAccessControl would let CloudFront read every object of the bucket.
        origin: S3BucketOrigin.withBucketDefaults(this.bucket as IBucket, {
          originAccessControlId: accessControl.originAccessControlId,
        }),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        // No redirect: an issuer has an https URL, and a verifier that uses http should get an error.
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy,
        responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
        compress: true,
      },
      // A document may be published a moment after it was requested, so its absence is cached only briefly.
      errorResponses: [403, 404].map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(10) })),
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(webAclId !== undefined && { webAclId }),
      ...(accessLogs && { enableLogging: true, logBucket: accessLogs.bucket, logFilePrefix: accessLogs.prefix ?? '' }),
      ...(domain && {
        domainNames: [domain.host],
        certificate: domain.certificate,
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    });
    this.#allowReading(publicKeys);
    // All of them must be kept: without its policy the bucket answers CloudFront with 403, and CloudFormation
    // cannot delete what a distribution uses.
    const serving = [this.bucket.policy, accessControl, cachePolicy, this.distribution];
    for (const resource of serving) resource?.applyRemovalPolicy(OUTLIVES_THE_STACK);
    this.#acknowledge(props);
  }

  #createBucket(): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // The function's state has the dropped keys; versions make it possible to restore it.
      versioned: true,
      lifecycleRules: [{ id: 'old-versions', noncurrentVersionExpiration: Duration.days(90) }],
      // Kept even on a rollback of the first deployment, because it may already have objects.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(bucket, 'AwsSolutions-S1', 'The two documents are public, and only one function writes to the bucket.');
    return bucket;
  }

  /**
   * Names must be unique in an account across regions, but CDK's default name has no region. CloudFront
   * accepts 64 characters.
   */
  #createAccessControl(): S3OriginAccessControl {
    const name = Names.uniqueResourceName(this, { maxLength: 64 - '-ap-southeast-99'.length });
    const originAccessControlName = `${name}-${Stack.of(this).region}`;
    return new S3OriginAccessControl(this, 'AccessControl', { originAccessControlName });
  }

  /** Short TTLs: verifiers must see a new key within minutes, and a dropped key must disappear as soon. */
  #createCachePolicy(): CachePolicy {
    return new CachePolicy(this, 'Cache', {
      comment: 'cwii: a dropped key disappears within a minute',
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

  /** Grants access to the public objects only. The function's state in the same bucket stays private. */
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

  #acknowledge({ domain, webAclId, accessLogs }: IssuerDistributionProps): void {
    const reasons = {
      CFR1: "Clouds fetch an issuer's documents from any country.",
      ...(webAclId === undefined && {
        CFR2: 'The origin is a bucket with two public documents; a WAF would protect nothing.',
      }),
      ...(!accessLogs && { CFR3: 'The two documents are public; access logs would show nothing of interest.' }),
      ...(!domain && {
        CFR4: "CloudFront's own name has CloudFront's own certificate, for which the TLS version cannot be chosen.",
      }),
    };
    for (const [rule, reason] of Object.entries(reasons))
      acknowledge(this.distribution, `AwsSolutions-${rule}`, reason);
  }
}
