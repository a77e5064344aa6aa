// The webhook of one cluster: its function, the Function URL that the API server calls, and what the function may do.

import { Annotations, Duration } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  type FunctionUrl,
  FunctionUrlAuthType,
  type IVersion,
  type Function as LambdaFunction,
} from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CwiiError } from '../lib/common/errors.ts';
import { BundledFunction, type FunctionLogProps } from './bundled-function.ts';
import { type WebhookSettings, webhookSettings } from './webhook-settings.ts';

/** MiB. Enough for the share of a processor that a cold start wants; docs/decisions/014 has the measurement. */
const WEBHOOK_MEMORY_MIB = 512;
/** More than a cluster's controllers ask at once, and a bound to what a flood can cost and do to the API server. */
const WEBHOOK_CONCURRENCY = 50;

export interface ClusterWebhookProps extends WebhookSettings, FunctionLogProps {
  /**
   * The `timeoutSeconds` of the webhook's configuration in the cluster. The function is ended a second before.
   * @default Duration.seconds(5)
   */
  readonly webhookTimeout?: Duration | undefined;
  /** @default 512 */
  readonly memoryMiB?: number | undefined;
  /**
   * How many requests are answered at the same time; above it Lambda answers 429. 0 switches the webhook off.
   * `unreserved` shares the account's concurrency: for accounts whose limit leaves nothing to reserve.
   * @default 50
   */
  readonly reservedConcurrency?: number | 'unreserved' | undefined;
  /** The name of the alias that the URL belongs to. Another name is another URL, which the cluster must be told. @default 'live' */
  readonly aliasName?: string | undefined;
}

/**
 * One cluster's webhook. The Function URL belongs to an alias of a published version, so that code and configuration
 * change together, in one step.
 *
 * To roll back, move the alias to the version before. Nothing is built for it. A deployment with a new version moves it
 * on; one without leaves it there, because CloudFormation compares templates. The role's policies have no versions: a
 * version with another credential, audience or signing algorithm lacks its permission after the rollback.
 *
 *     aws lambda list-versions-by-function --function-name NAME --query 'Versions[].[Version,LastModified]'
 *     aws lambda update-alias --function-name NAME --name live --function-version 41
 *
 * The URL is open to everyone (AuthType NONE), because an API server cannot sign requests for AWS: the function
 * itself asks for the caller's token. One cluster, one function: no two clusters' tokens are in one process.
 */
export class ClusterWebhook extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly alias: Alias;
  readonly functionUrl: FunctionUrl;
  readonly clusterName: string;
  readonly webhookTimeout: Duration;

  /** @throws {CwiiError} where the configuration would not start the function, or is too large for Lambda. */
  constructor(scope: Construct, id: string, props: ClusterWebhookProps) {
    super(scope, id);
    const { cluster, reservedConcurrency = WEBHOOK_CONCURRENCY } = props;
    const { environment, config } = webhookSettings(this, props);
    this.clusterName = cluster.name;
    this.webhookTimeout = props.webhookTimeout ?? Duration.seconds(5);
    const {
      function: webhook,
      role,
      logGroup,
    } = new BundledFunction(this, 'Webhook', {
      bundle: 'webhook',
      description: `cwii: admission webhook of cluster ${cluster.name}`,
      environment,
      memoryMiB: props.memoryMiB ?? WEBHOOK_MEMORY_MIB,
      timeout: this.#functionTimeout(config.deadlineMarginMs),
      reservedConcurrency: reservedConcurrency === 'unreserved' ? undefined : reservedConcurrency,
      network: cluster.network,
      logRetention: props.logRetention,
      logRemovalPolicy: props.logRemovalPolicy,
    });
    this.function = webhook;
    this.role = role;
    this.logGroup = logGroup;
    cluster.credential.grantTo(role);
    this.alias = new Alias(this, 'Alias', {
      aliasName: props.aliasName ?? 'live',
      version: webhook.currentVersion as IVersion,
    });
    // Brings both permissions that a public URL needs: InvokeFunctionUrl, and InvokeFunction by way of the URL only.
    this.functionUrl = this.alias.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    if (reservedConcurrency === 0)
      Annotations.of(this).addWarningV2('cwii:webhook-off', 'reservedConcurrency is 0: Lambda will refuse every call');
  }

  /** `https://….lambda-url.REGION.on.aws/`, with the slash at the end. */
  get url(): string {
    return this.functionUrl.url;
  }

  /** A second less than the webhook's: what the API server no longer waits for is not worth finishing. */
  #functionTimeout(deadlineMarginMs: number): Duration {
    const seconds = this.webhookTimeout.toSeconds();
    if (seconds < 2 || seconds > 30) {
      throw new CwiiError(
        'webhook-timeout-invalid',
        `${this.node.path}: webhookTimeout is ${seconds} s; write 2 to 30, which is what Kubernetes takes and leaves the function a second`,
      );
    }
    if (deadlineMarginMs < 1000) {
      throw new CwiiError(
        'deadline-margin-short',
        `${this.node.path}: CWII_DEADLINE_MARGIN_MS is ${deadlineMarginMs}, but Lambda ends the function 1000 ms before the webhook's timeout, without an answer; write 1000 or more`,
      );
    }
    return Duration.seconds(seconds - 1);
  }
}
