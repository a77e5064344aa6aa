// A cluster's public issuer: the two documents that clouds fetch, copied from the cluster and served by CloudFront.

import { CfnDeletionPolicy, Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AaaaRecord, ARecord, type CfnRecordSet, type IHostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CwiiError } from '../lib/common/errors.ts';
import { parseIssuerConfig } from '../lib/issuer/issuer-config.ts';
import { placesOf, stateObjectKey } from '../lib/issuer/issuer-url.ts';
import { type AlarmProps, addAlarm } from './alarms.ts';
import { BundledFunction, type FunctionLogProps } from './bundled-function.ts';
import { accessEnvironment, type ClusterAccess } from './cluster-access.ts';
import { type Issuer, knownIssuer } from './issuer.ts';
import { IssuerDistribution, OUTLIVES_THE_STACK } from './issuer-distribution.ts';
import { checkServedHost, FIRST_DEPLOYMENT_HOST } from './issuer-host.ts';
import { functionMetric } from './metrics.ts';
import { runEvery } from './schedule.ts';

export interface IssuerDomain {
  /** An ACM certificate of the issuer's host in us-east-1, where CloudFront looks for it. */
  readonly certificateArn: string;
  /** The public zone of the host, for its alias records. @default the records are made elsewhere */
  readonly hostedZone?: IHostedZone | undefined;
}

export interface HostedIssuerProps extends FunctionLogProps, AlarmProps {
  /** How the issuer function reads the cluster; its user needs ClusterRole `system:service-account-issuer-discovery`. */
  readonly cluster: ClusterAccess;
  /** `iss` of ServiceAccount tokens: https://HOST[/PATH]. HOST is then this construct's alone. */
  readonly issuer: string;
  /** @default CloudFront's own name, in two deployments: see `HostedIssuer` */
  readonly domain?: IssuerDomain | undefined;
  /** How long a key that the cluster removed is served on: as long as its tokens may live. @default Duration.days(2) */
  readonly keyGrace?: Duration | undefined;
  /** How soon a new key is published. @default Duration.minutes(5) */
  readonly interval?: Duration | undefined;
}

/**
 * Serves `<issuer>/.well-known/openid-configuration` and `<issuer>/openid/v1/jwks`. What serves them outlives the stack,
 * and this construct in it: trust in the issuer is not lost by a deployment. docs/issuer.md has how it goes at last.
 *
 * The issuer becomes part of trust policies, so it must be known before anything is deployed. A domain of one's own is.
 * CloudFront's own name is not, and takes two deployments:
 *
 * 1. with the issuer `https://first-deployment.cloudfront.net/NAME`, which makes bucket and distribution only;
 * 2. with the name that the distribution then has: `https://d111111abcdef8.cloudfront.net/NAME`.
 *
 * A compromised key is dropped at once, on command to `function`; the cluster must stop signing with it as well:
 *
 *     aws lambda invoke --function-name NAME --cli-binary-format raw-in-base64-out --payload '{"drop":["KID"]}' out.json
 */
export class HostedIssuer extends Construct {
  readonly issuer: Issuer;
  readonly bucket: Bucket;
  readonly distribution: Distribution;
  /** Undefined in the first of two deployments, when there is nothing to publish yet. */
  readonly publisher: BundledFunction | undefined;

  /** @throws {CwiiError} `issuer-…` where nobody could fetch or trust the issuer, `certificate-region`. */
  constructor(scope: Construct, id: string, props: HostedIssuerProps) {
    super(scope, id);
    const { domain } = props;
    this.issuer = knownIssuer(this, props.issuer);
    checkServedHost(this, this.issuer.host, domain);
    const { discovery, jwks } = placesOf(this.issuer.url);
    const isFirst = this.issuer.host === FIRST_DEPLOYMENT_HOST;
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

  #addRecords(zone: IHostedZone): void {
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    const recordName = `${this.issuer.host}.`;
    for (const record of [
      new ARecord(this, 'Ipv4', { zone, recordName, target }),
      new AaaaRecord(this, 'Ipv6', { zone, recordName, target }),
    ]) {
      record.applyRemovalPolicy(OUTLIVES_THE_STACK);
      // A record that is replaced is one of a host that the distribution does not serve any more.
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
      // Nobody waits for it, and it retries within.
      timeout: Duration.minutes(1),
      network: cluster.network,
      logRetention: props.logRetention,
      logRemovalPolicy: props.logRemovalPolicy,
    });
    cluster.credential.grantTo(publisher.role);
    const objects = [...publicKeys, stateObjectKey(cluster.name)].map((key) => this.bucket.arnForObjects(key));
    publisher.role.addToPolicy(
      new PolicyStatement({ sid: 'ItsObjects', actions: ['s3:GetObject', 's3:PutObject'], resources: objects }),
    );
    // Without it S3 answers 403 instead of 404 for an object that is not there yet.
    publisher.role.addToPolicy(
      new PolicyStatement({ sid: 'WhetherTheyExist', actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
    );
    runEvery(publisher, publisher.function, interval, `cwii: publishes the issuer of cluster ${cluster.name}`);
    this.#watch(cluster.name, interval, props);
    return publisher;
  }

  /** Having passed the parser with which the function starts, as far as values are known. */
  #environment(cluster: ClusterAccess, keyGrace: Duration): Record<string, string> {
    const environment = {
      ...accessEnvironment(cluster),
      CWII_ISSUER_URL: this.issuer.url,
      CWII_ISSUER_BUCKET: this.bucket.bucketName,
      CWII_ISSUER_KEY_GRACE_SECONDS: String(keyGrace.toSeconds()),
    };
    const atSynth = { AWS_REGION: 'us-east-1', CWII_ISSUER_BUCKET: 'known-at-deployment' };
    try {
      parseIssuerConfig({ ...environment, ...cluster.credential.environmentAtSynth, ...atSynth });
    } catch (error) {
      const { message } = error as Error;
      throw new CwiiError('issuer-config-invalid', `${this.node.path}: ${message}`, { cause: error });
    }
    return environment;
  }

  #watch(cluster: string, interval: Duration, props: AlarmProps): void {
    addAlarm(
      this,
      'NotPublished',
      {
        metric: functionMetric('issuer', cluster, 'Published', { statistic: 'Sum', period: interval }),
        description: `The keys of cluster ${cluster} could not be copied to ${this.issuer.url} three times. What is served stays; a new signing key would be trusted by no cloud. See the issuer function's log.`,
        when: 'below',
        threshold: 1,
        periods: [3, 3],
        silence: 'bad',
      },
      props,
    );
    addAlarm(
      this,
      'Warnings',
      {
        metric: functionMetric('issuer', cluster, 'Warnings', { statistic: 'Maximum', period: interval }),
        description: `Something is wrong with the keys at ${this.issuer.url}, although they are served: a dropped key that the cluster still publishes, or a key set that somebody else changed. See the issuer function's log.`,
        when: 'above',
        threshold: 0,
        silence: 'good',
      },
      props,
    );
  }
}
