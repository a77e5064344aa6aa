// Hosts a public issuer: a function copies its documents from the cluster, and CloudFront serves them.

import { CfnDeletionPolicy, Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AaaaRecord, ARecord, type CfnRecordSet, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type Issuer, isFirstDeployment } from '../cluster-file/issuer-url.ts';
import type { MetricsOf } from '../lib/common/metrics.ts';
import { parseIssuerConfig } from '../lib/issuer/issuer-config.ts';
import { placesOf, stateObjectKey } from '../lib/issuer/issuer-url.ts';
import { type AlarmProps, addAlarm } from './alarms.ts';
import { BundledFunction } from './bundled-function.ts';
import { accessEnvironment, type ClusterAccess } from './cluster-access.ts';
import { addTags, type FunctionProps, functionProps } from './function-props.ts';
import { IssuerDistribution, OUTLIVES_THE_STACK } from './issuer-distribution.ts';
import { checkIssuerHost, type IssuerDomain } from './issuer-host.ts';
import { functionMetric } from './metrics.ts';
import { runEvery } from './schedule.ts';
import { parseAtSynth, parseIssuerAtSynth } from './synth-checks.ts';

/** The place of CloudFront's access logs. */
export interface AccessLogs {
  /** The bucket, which must accept ACLs. */
  readonly bucket: IBucket;
  /** The begin of the names of the log files. @default none */
  readonly prefix?: string | undefined;
}

/** Properties of `HostedIssuer`. */
export interface HostedIssuerProps extends FunctionProps, AlarmProps {
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
  /** The ARN of an AWS WAF web ACL for CloudFront, which is in us-east-1. @default none */
  readonly webAclId?: string | undefined;
  /**
   * Where CloudFront writes access logs (standard logging). The bucket must accept ACLs:
   * `objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED`. Standard logging v2 needs no ACL, but its
   * resources must be in us-east-1: create them in a stack there, for `distribution.distributionArn`.
   * @default no access logs
   */
  readonly accessLogs?: AccessLogs | undefined;
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
  /** As in the properties, parsed. */
  readonly issuer: Issuer;
  /** The bucket of the documents, private. */
  readonly bucket: Bucket;
  /** The distribution that serves the documents. */
  readonly distribution: Distribution;
  /** Undefined in the first of two deployments, when nothing is published yet. */
  readonly publisher: BundledFunction | undefined;
  /** Undefined in the first of two deployments. */
  readonly notPublishedAlarm: Alarm | undefined;
  /** Undefined in the first of two deployments. */
  readonly warningsAlarm: Alarm | undefined;
  readonly #cluster: string;

  /**
   * @throws {CwiiError} `issuer-invalid`, `issuer-unknown-at-synth`, `issuer-host-not-served`,
   * `certificate-region`, `hosted-zone-other` or `issuer-config-invalid`.
   */
  constructor(scope: Construct, id: string, props: HostedIssuerProps) {
    super(scope, id);
    const { domain } = props;
    this.issuer = parseIssuerAtSynth(this, props.issuer);
    checkIssuerHost(this, this.issuer.host, domain);
    const { discovery, jwks } = placesOf(this.issuer.url);
    const isFirst = isFirstDeployment(this.issuer.url);
    const publicKeys = isFirst ? [] : [discovery.objectKey, jwks.objectKey];
    const certificate = domain && Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn);
    const served = new IssuerDistribution(this, 'Served', {
      publicKeys,
      domain: certificate && { host: this.issuer.host, certificate },
      webAclId: props.webAclId,
      accessLogs: props.accessLogs,
    });
    this.bucket = served.bucket;
    this.distribution = served.distribution;
    if (domain?.hostedZone) this.#addRecords(domain.hostedZone);
    this.#cluster = props.cluster.name;
    this.publisher = isFirst ? undefined : this.#createPublisher(props, publicKeys);
    const interval = props.interval ?? Duration.minutes(5);
    this.notPublishedAlarm = this.publisher && this.#notPublishedAlarm(interval, props);
    this.warningsAlarm = this.publisher && this.#warningsAlarm(interval, props);
    addTags(this, props);
  }

  /**
   * Permits to drop a compromised key: to invoke the issuer function. IAM cannot limit the payload, so the
   * grantee can also start a normal run. Grants nothing in the first of two deployments.
   */
  grantDropKeys(grantee: IGrantable): Grant {
    return this.publisher
      ? this.publisher.function.grantInvokeLatestVersion(grantee)
      : Grant.drop(grantee, 'nothing is published yet');
  }

  /** A metric that the function publishes. @default the sum in five minutes */
  metric(name: MetricsOf['issuer'], options: MetricOptions = {}): Metric {
    return functionMetric('issuer', this.#cluster, name, options);
  }

  /** Runs after which the bucket is up to date. */
  metricPublished(options?: MetricOptions): Metric {
    return this.metric('Published', options);
  }

  /** Runs that failed; the documents that were published before are still served. */
  metricFailures(options?: MetricOptions): Metric {
    return this.metric('Failures', options);
  }

  /** Problems in a successful run. A warning counts in every run, so this is the maximum by default. */
  metricWarnings(options?: MetricOptions): Metric {
    return this.metric('Warnings', { statistic: 'Maximum', ...options });
  }

  /** Published keys. @default the maximum */
  metricKeys(options?: MetricOptions): Metric {
    return this.metric('Keys', { statistic: 'Maximum', ...options });
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
      ...functionProps(props),
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

  #notPublishedAlarm(interval: Duration, props: AlarmProps): Alarm {
    return addAlarm(
      this,
      'NotPublished',
      {
        metric: this.metricPublished({ period: interval }),
        description: `The keys of cluster ${this.#cluster} could not be copied to ${this.issuer.url} three times in a row. The published keys stay available, but clouds would reject tokens signed with a new key. Check the issuer function's log.`,
        alarmWhen: 'below',
        threshold: 1,
        datapoints: [3, 3],
        missingData: 'breaching',
      },
      props,
    );
  }

  #warningsAlarm(interval: Duration, props: AlarmProps): Alarm {
    return addAlarm(
      this,
      'Warnings',
      {
        metric: this.metricWarnings({ period: interval }),
        description: `The keys at ${this.issuer.url} are published, but need attention: the cluster still has a dropped key, or another writer changed the published keys. Check the issuer function's log.`,
        alarmWhen: 'above',
        threshold: 0,
        missingData: 'ok',
      },
      props,
    );
  }
}
