// A ServiceAccount token in Secrets Manager, and the function that renews it with the TokenRequest API.

import { Duration } from 'aws-cdk-lib';
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type CfnSecret, type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { MetricsOf } from '../lib/common/metrics.ts';
import { parseRotationConfig } from '../lib/token-rotation/rotation-config.ts';
import { type AlarmProps, addAlarm } from './alarms.ts';
import { BundledFunction } from './bundled-function.ts';
import { accessEnvironment, type ClusterAccess } from './cluster-access.ts';
import { ClusterCredential, SECRET_ARN_AT_SYNTH } from './cluster-credential.ts';
import { allowSecretKey } from './encryption-key.ts';
import { addTags, type FunctionProps, functionProps } from './function-props.ts';
import { functionMetric } from './metrics.ts';
import { acknowledge } from './nag.ts';
import { runEvery } from './schedule.ts';
import { constructError, parseAtSynth } from './synth-checks.ts';

/** Eight rotations in this time are one every 15 minutes: 96 versions of the secret in a day. */
const MIN_LIFETIME_SECONDS = 7200;

/** Properties of `TokenSecret`. */
export interface TokenSecretProps extends FunctionProps, AlarmProps {
  /** The cluster of the token. The secret itself is the credential. */
  readonly cluster: Omit<ClusterAccess, 'credential'>;
  /**
   * The lifetime of each token, 2 hours to 7 days. It is renewed after an eighth of it.
   * @default Duration.days(1)
   */
  readonly tokenLifetime?: Duration | undefined;
  /** The ServiceAccount. It can create tokens only for itself. @default 'cwii-system/cwii-reader' */
  readonly serviceAccount?: `${string}/${string}` | undefined;
}

/**
 * A ServiceAccount token in Secrets Manager, and the function that renews it.
 *
 * The secret is empty until an administrator of the cluster stores the first token:
 *
 *     kubectl create token -n cwii-system cwii-reader --duration 24h |
 *       aws secretsmanager put-secret-value --secret-id ARN --secret-string file:///dev/stdin
 *
 * After that the function renews it. Deleting the ServiceAccount revokes all its tokens immediately.
 */
export class TokenSecret extends Construct {
  /** The secret with the token. */
  readonly secret: Secret;
  /** The function that renews the token. */
  readonly rotation: BundledFunction;
  /** For `ClusterWebhook` and `HostedIssuer`. */
  readonly credential: ClusterCredential;
  /** Starts when the token has passed half of its lifetime. */
  readonly tokenAgeAlarm: Alarm;
  readonly #cluster: string;

  /** @throws {CwiiError} `token-rotation-config-invalid` if the rotation function would not start. */
  constructor(scope: Construct, id: string, props: TokenSecretProps) {
    super(scope, id);
    const { cluster, tokenLifetime = Duration.days(1), serviceAccount = 'cwii-system/cwii-reader' } = props;
    const seconds = tokenLifetime.toSeconds();
    if (seconds < MIN_LIFETIME_SECONDS)
      throw constructError(
        this,
        'token-rotation-config-invalid',
        `tokenLifetime is ${seconds} s; write at least ${MIN_LIFETIME_SECONDS}. Secrets Manager removes no version of a secret that is younger than a day, and keeps about 100 versions`,
      );
    this.#cluster = cluster.name;
    this.secret = this.#createSecret(cluster.name, props);
    this.credential = ClusterCredential.secret(this.secret);
    this.rotation = new BundledFunction(this, 'Rotation', {
      bundle: 'token-rotation',
      description: `cwii: rotates the ServiceAccount token of cluster ${cluster.name}`,
      environment: this.#environment(cluster, seconds, serviceAccount),
      memoryMiB: 256,
      timeout: Duration.minutes(1),
      network: cluster.network,
      ...functionProps(props),
    });
    this.rotation.role.addToPolicy(
      new PolicyStatement({
        sid: 'RenewTheToken',
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        resources: [this.secret.secretArn],
      }),
    );
    allowSecretKey(this.secret as ISecret, this.rotation.role, 'write');
    const interval = Duration.minutes(Math.min(360, Math.floor(seconds / 60 / 8)));
    runEvery(this.rotation, this.rotation.function, interval, `cwii: rotates the token of cluster ${cluster.name}`);
    this.tokenAgeAlarm = this.#addAlarm(cluster.name, interval, props);
    addTags(this, props);
  }

  /** A metric that the function publishes. @default the sum in five minutes */
  metric(name: MetricsOf['token-rotation'], options: MetricOptions = {}): Metric {
    return functionMetric('token-rotation', this.#cluster, name, options);
  }

  /** Runs that stored a new token. */
  metricRotated(options?: MetricOptions): Metric {
    return this.metric('Rotated', options);
  }

  /** Runs that failed. */
  metricFailures(options?: MetricOptions): Metric {
    return this.metric('Failures', options);
  }

  /** The age of the token divided by its requested lifetime, from 0 to 1. @default the maximum */
  metricTokenAgeRatio(options?: MetricOptions): Metric {
    return this.metric('TokenAgeRatio', { statistic: 'Maximum', ...options });
  }

  /** The environment, validated by the parser with which the function starts. */
  #environment(cluster: TokenSecretProps['cluster'], seconds: number, serviceAccount: string): Record<string, string> {
    const environment = {
      ...accessEnvironment({ ...cluster, credential: ClusterCredential.none() }),
      CWII_TOKEN_SECRET_ARN: this.secret.secretArn,
      CWII_TOKEN_EXPIRATION_SECONDS: String(seconds),
      CWII_TOKEN_SERVICE_ACCOUNT: serviceAccount,
    };
    parseAtSynth(this, 'token-rotation-config-invalid', () =>
      parseRotationConfig({ ...environment, CWII_TOKEN_SECRET_ARN: SECRET_ARN_AT_SYNTH }),
    );
    return environment;
  }

  #createSecret(cluster: string, { encryptionKey }: FunctionProps): Secret {
    const secret = new Secret(this, 'Secret', {
      description: `cwii: ServiceAccount token for cluster ${cluster}`,
      ...(encryptionKey && { encryptionKey }),
    });
    // CDK would store random text, which is not a token. If the secret is empty, the functions report what is
    // missing.
    (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
    acknowledge(secret, 'AwsSolutions-SMG4', 'A scheduled function renews it eight times in its lifetime.');
    return secret;
  }

  /**
   * The rotation function publishes the age on every run. Half of the lifetime means that four runs failed.
   */
  #addAlarm(cluster: string, interval: Duration, props: AlarmProps): Alarm {
    const period = Duration.minutes(interval.toMinutes() * 2);
    return addAlarm(
      this,
      'TokenAge',
      {
        metric: this.metricTokenAgeRatio({ period }),
        description: `The token for cluster ${cluster} has passed half of its lifetime, or its age is unknown: it is not being rotated. When it expires, the cluster can no longer be read. Check the token rotation function's log.`,
        alarmWhen: 'above',
        threshold: 0.5,
        missingData: 'breaching',
      },
      props,
    );
  }
}
