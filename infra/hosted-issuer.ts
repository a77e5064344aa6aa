// Hosts a public issuer: a function copies its documents from the cluster, and CloudFront serves them.

import { CfnDeletionPolicy, Duration, Token } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AaaaRecord, ARecord, type CfnRecordSet, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { hostProblems, type Issuer, isFirstDeployment, servingRemedy } from '../cluster-file/issuer-url.ts';
import { parseIssuerConfig } from '../lib/issuer/issuer-config.ts';
import { placesOf, stateObjectKey } from '../lib/issuer/issuer-url.ts';
import { type AlarmProps, addAlarm } from './alarms.ts';
import { BundledFunction, type FunctionLogProps } from './bundled-function.ts';
import { accessEnvironment, type ClusterAccess } from './cluster-access.ts';
import type { EncryptionProps } from './encryption-key.ts';
import { IssuerDistribution, OUTLIVES_THE_STACK } from './issuer-distribution.ts';
import { functionMetric } from './metrics.ts';
import { runEvery } from './schedule.ts';
import { constructError, parseAtSynth, parseIssuerAtSynth } from './synth-checks.ts';

export interface IssuerDomain {
  /** An ACM certificate for the issuer's host. It must be in us-east-1, the region that CloudFront uses. */
  readonly certificateArn: string;
  /** The public zone for the host's alias records. @default the records are created elsewhere */
  readonly hostedZone?: IHostedZone | undefined;
}

export interface HostedIssuerProps extends FunctionLogProps, EncryptionProps, AlarmProps {
  /**
   * How the issuer function reads the cluster. Its user needs ClusterRole
   * `system:service-account-issuer-discovery`.
   */
  readonly cluster: ClusterAccess;
  /** `iss` of ServiceAccount tokens: https://HOST[/PATH]. No other construct or site can use HOST. */
  readonly issuer: string;
  /** @default CloudFront's own name, in two deployments: see `HostedIssuer` */
  readonly domain?: IssuerDomain | undefined;
  /**
   * How long a key stays published after the cluster has removed it: at least as long as tokens live.
   * @default Duration.days(2)
   */
  readonly keyGrace?: Duration | undefined;
  /** How often the documents are copied, so how soon a new key is published. @default Duration.minutes(5) */
  readonly interval?: Duration | undefined;
}

/**
 * Serves `<issuer>/.well-known/openid-configuration` and `<issuer>/openid/v1/jwks`. Bucket, distribution and
 * records are kept when the stack is deleted or no longer contains this construct, so that no deployment
 * breaks the trust in the issuer. docs/issuer.md describes how to remove them.
 *
 * The issuer becomes part of trust policies, so it must be known before the deployment. A host on your own
 * domain is known. CloudFront's own name is not, and takes two deployments:
 *
 * 1. with the issuer `https://first-deployment.cloudfront.net/NAME`, which creates only bucket and
 *    distribution;
 * 2. with the distribution's name as host: `https://d111111abcdef8.cloudfront.net/NAME`.
 *
 * Invoke `function` to drop a compromised key immediately. The cluster must stop signing with it as well:
 *
 *     aws lambda invoke --function-name NAME --cli-binary-format raw-in-base64-out \
 *       --payload '{"drop":["KID"]}' out.json
 */
export class HostedIssuer extends Construct {
  readonly issuer: Issuer;
  readonly bucket: Bucket;
  readonly distribution: Distribution;
  /** Undefined in the first of two deployments, when nothing is published yet. */
  readonly publisher: BundledFunction | undefined;

  /**
   * @throws {CwiiError} `issuer-invalid`, `issuer-unknown-at-synth`, `issuer-host-not-served`,
   * `certificate-region`, `hosted-zone-other` or `issuer-config-invalid`.
   */
  constructor(scope: Construct, id: string, props: HostedIssuerProps) {
    super(scope, id);
    const { domain } = props;
    this.issuer = parseIssuerAtSynth(this, props.issuer);
    this.#checkHost(domain);
    const { discovery, jwks } = placesOf(this.issuer.url);
    const isFirst = isFirstDeployment(this.issuer.url);
    const publicKeys = isFirst ? [] : [discovery.objectKey, jwks.objectKey];
    const certificate = domain && Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn);
    const served = new IssuerDistribution(this, 'Served', {
      publicKeys,
      domain: certificate && { host: this.issuer.host, certificate },
    });
    this.bucket = served.bucket;
    this.distribution = served.distribution;
    if (domain?.hostedZone) this.#addRecords(domain.hostedZone);
    this.publisher = isFirst ? undefined : this.#createPublisher(props, publicKeys);
  }

  #checkHost(domain: IssuerDomain | undefined): void {
    const { host } = this.issuer;
    const zoneName = domain?.hostedZone?.zoneName;
    const zone = Token.isUnresolved(zoneName) ? undefined : zoneName;
    const faults = hostProblems(host, { hasCertificate: domain !== undefined, zone });
    if (faults.includes('certificate-missing'))
      throw constructError(
        this,
        'issuer-host-not-served',
        `domain is missing, so CloudFront can serve only its own name, not ${host}; ${servingRemedy('domain.certificateArn')}`,
      );
    if (faults.includes('certificate-unused'))
      throw constructError(
        this,
        'issuer-host-not-served',
        `domain cannot be used for ${host}, which is CloudFront's own name; remove domain`,
      );
    const arn = domain?.certificateArn;
    if (arn !== undefined && !Token.isUnresolved(arn) && arn.split(':')[3] !== 'us-east-1')
      throw constructError(
        this,
        'certificate-region',
        `the certificate ${arn} is not in us-east-1, the region that CloudFront uses; request it there`,
      );
    if (faults.includes('zone-mismatch'))
      throw constructError(
        this,
        'hosted-zone-other',
        `${host} is not in the hosted zone ${zone}; pass the zone of the host, or none`,
      );
  }

  #addRecords(zone: IHostedZone): void {
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    const recordName = `${this.issuer.host}.`;
    for (const record of [
      new ARecord(this, 'Ipv4', { zone, recordName, target }),
      new AaaaRecord(this, 'Ipv6', { zone, recordName, target }),
    ]) {
      record.applyRemovalPolicy(OUTLIVES_THE_STACK);
      // A replaced record belongs to a host that the distribution no longer serves.
      (record.node.defaultChild as CfnRecordSet).cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
    }
  }

  #createPublisher(props: HostedIssuerProps, publicKeys: readonly string[]): BundledFunction {
    const { cluster, keyGrace = Duration.days(2), interval = Duration.minutes(5) } = props;
    const publisher = new BundledFunction(this, 'Publisher', {
      bundle: 'issuer',
      description: `cwii: publishes the issuer of cluster ${cluster.name}`,
      environment: this.#environment(cluster, keyGrace),
      memoryMiB: 256,
      // No request waits for it, and it retries within this time.
      timeout: Duration.minutes(1),
      network: cluster.network,
      logRetention: props.logRetention,
      logRemovalPolicy: props.logRemovalPolicy,
      encryptionKey: props.encryptionKey,
    });
    cluster.credential.grantTo(publisher.role);
    const objects = [...publicKeys, stateObjectKey(cluster.name)].map((key) => this.bucket.arnForObjects(key));
    publisher.role.addToPolicy(
      new PolicyStatement({ sid: 'ItsObjects', actions: ['s3:GetObject', 's3:PutObject'], resources: objects }),
    );
    // Without it S3 answers 403 instead of 404 for a missing object.
    publisher.role.addToPolicy(
      new PolicyStatement({ sid: 'WhetherTheyExist', actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
    );
    runEvery(publisher, publisher.function, interval, `cwii: publishes the issuer of cluster ${cluster.name}`);
    this.#addAlarms(cluster.name, interval, props);
    return publisher;
  }

  /** The environment, validated by the parser with which the function starts. */
  #environment(cluster: ClusterAccess, keyGrace: Duration): Record<string, string> {
    const environment = {
      ...accessEnvironment(cluster),
      CWII_ISSUER_URL: this.issuer.url,
      CWII_ISSUER_BUCKET: this.bucket.bucketName,
      CWII_ISSUER_KEY_GRACE_SECONDS: String(keyGrace.toSeconds()),
    };
    const atSynth = { AWS_REGION: 'us-east-1', CWII_ISSUER_BUCKET: 'known-at-deployment' };
    parseAtSynth(this, 'issuer-config-invalid', () =>
      parseIssuerConfig({ ...environment, ...cluster.credential.environmentAtSynth, ...atSynth }),
    );
    return environment;
  }

  #addAlarms(cluster: string, interval: Duration, props: AlarmProps): void {
    addAlarm(
      this,
      'NotPublished',
      {
        metric: functionMetric('issuer', cluster, 'Published', { statistic: 'Sum', period: interval }),
        description: `The keys of cluster ${cluster} could not be copied to ${this.issuer.url} three times in a row. The published keys stay available, but clouds would reject tokens signed with a new key. Check the issuer function's log.`,
        alarmWhen: 'below',
        threshold: 1,
        datapoints: [3, 3],
        missingData: 'breaching',
      },
      props,
    );
    addAlarm(
      this,
      'Warnings',
      {
        metric: functionMetric('issuer', cluster, 'Warnings', { statistic: 'Maximum', period: interval }),
        description: `The keys at ${this.issuer.url} are published, but need attention: the cluster still has a dropped key, or another writer changed the published keys. Check the issuer function's log.`,
        alarmWhen: 'above',
        threshold: 0,
        missingData: 'ok',
      },
      props,
    );
  }
}
