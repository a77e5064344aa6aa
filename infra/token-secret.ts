// A ServiceAccount's token in Secrets Manager, and the function that renews it by the cluster's own TokenRequest API.

import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { CwiiError } from '../lib/common/errors.ts';
import { parseRotationConfig } from '../lib/token-rotation/rotation-config.ts';
import { acknowledgeRule } from './acknowledged-rules.ts';
import { type AlarmProps, addAlarm } from './alarms.ts';
import { BundledFunction, type FunctionLogProps } from './bundled-function.ts';
import { accessEnvironment, type ClusterAccess } from './cluster-access.ts';
import { ClusterCredential, SECRET_ARN_AT_SYNTH } from './cluster-credential.ts';
import { functionMetric } from './metrics.ts';
import { runEvery } from './schedule.ts';

export interface TokenSecretProps extends FunctionLogProps, AlarmProps {
  /** The cluster whose token it is; the secret itself is the credential. */
  readonly cluster: Omit<ClusterAccess, 'credential'>;
  /** How long each token lives, 10 minutes to 7 days. It is renewed eight times as often. @default Duration.days(1) */
  readonly tokenLifetime?: Duration | undefined;
  /** The ServiceAccount, which may create tokens of itself and of no other. @default 'cwii-system/cwii-reader' */
  readonly serviceAccount?: `${string}/${string}` | undefined;
}

/**
 * The secret is empty until an administrator of the cluster puts the first token:
 *
 *     kubectl create token -n cwii-system cwii-reader --duration 24h |
 *       aws secretsmanager put-secret-value --secret-id ARN --secret-string file:///dev/stdin
 *
 * From then on it renews itself. Deleting the ServiceAccount revokes every token at once.
 */
export class TokenSecret extends Construct {
  readonly secret: Secret;
  readonly rotation: BundledFunction;
  /** For `ClusterWebhook` and `HostedIssuer`. */
  readonly credential: ClusterCredential;

  /** @throws {CwiiError} `token-rotation-config-invalid` where the rotation function would not start. */
  constructor(scope: Construct, id: string, props: TokenSecretProps) {
    super(scope, id);
    const { cluster, tokenLifetime = Duration.days(1), serviceAccount = 'cwii-system/cwii-reader' } = props;
    const seconds = tokenLifetime.toSeconds();
    this.secret = this.#createSecret(cluster.name);
    this.credential = ClusterCredential.secret(this.secret);
    this.rotation = new BundledFunction(this, 'Rotation', {
      bundle: 'token-rotation',
      description: `cwii: renews the ServiceAccount token of cluster ${cluster.name}`,
      environment: this.#environment(cluster, seconds, serviceAccount),
      memoryMiB: 256,
      timeout: Duration.minutes(1),
      network: cluster.network,
      logRetention: props.logRetention,
      logRemovalPolicy: props.logRemovalPolicy,
    });
    this.rotation.role.addToPolicy(
      new PolicyStatement({
        sid: 'RenewTheToken',
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
        resources: [this.secret.secretArn],
      }),
    );
    const interval = Duration.minutes(Math.max(1, Math.min(360, Math.floor(seconds / 60 / 8))));
    runEvery(this.rotation, this.rotation.function, interval, `cwii: renews the token of cluster ${cluster.name}`);
    this.#watch(cluster.name, interval, props);
  }

  /** Having passed the parser with which the function starts, as far as values are known. */
  #environment(cluster: TokenSecretProps['cluster'], seconds: number, serviceAccount: string): Record<string, string> {
    const environment = {
      ...accessEnvironment({ ...cluster, credential: ClusterCredential.none() }),
      CWII_TOKEN_SECRET_ARN: this.secret.secretArn,
      CWII_TOKEN_EXPIRATION_SECONDS: String(seconds),
      CWII_TOKEN_SERVICE_ACCOUNT: serviceAccount,
    };
    try {
      parseRotationConfig({ ...environment, CWII_TOKEN_SECRET_ARN: SECRET_ARN_AT_SYNTH });
    } catch (error) {
      const { message } = error as Error;
      throw new CwiiError('token-rotation-config-invalid', `${this.node.path}: ${message}`, { cause: error });
    }
    return environment;
  }

  #createSecret(cluster: string): Secret {
    const secret = new Secret(this, 'Secret', { description: `cwii: ServiceAccount token for cluster ${cluster}` });
    // CDK would put a random text there, which is no token; without one the functions say what is missing.
    (secret.node.defaultChild as CfnSecret).generateSecretString = undefined;
    acknowledgeRule(secret, 'AwsSolutions-SMG4', 'It is renewed by a scheduled function, eight times in its lifetime.');
    return secret;
  }

  /** The rotation function tells the age on every run; half of the lifetime is four runs that failed. */
  #watch(cluster: string, interval: Duration, props: AlarmProps): void {
    const period = Duration.minutes(interval.toMinutes() * 2);
    addAlarm(
      this,
      'TokenAge',
      {
        metric: functionMetric('token-rotation', cluster, 'TokenAgeRatio', { statistic: 'Maximum', period }),
        description: `The token for cluster ${cluster} is past half of its lifetime, or its age is unknown: it is not being renewed, and when it expires the cluster can no longer be read. See the rotation function's log.`,
        when: 'above',
        threshold: 0.5,
        silence: 'bad',
      },
      props,
    );
  }
}
