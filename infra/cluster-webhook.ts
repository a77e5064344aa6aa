// The webhook of one cluster: its function with permissions, and the Function URL that the API server calls.

import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Role } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  type FunctionUrl,
  FunctionUrlAuthType,
  type IVersion,
  type Function as LambdaFunction,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { regionProblem } from '../cluster-file/regions.ts';
import type { MetricsOf } from '../lib/common/metrics.ts';
import { SHORTEST_AZURE_EXPIRATION } from '../lib/settings/formats.ts';
import { BundledFunction } from './bundled-function.ts';
import { allowOnlyFrom } from './caller-policy.ts';
import { addTags, type FunctionProps, functionProps } from './function-props.ts';
import { functionMetric } from './metrics.ts';
import { constructError } from './synth-checks.ts';
import { type WebhookSettings, webhookEnvironment } from './webhook-environment.ts';

/**
 * In MiB. Lambda allocates CPU in proportion, and a cold start needs this much (docs/decisions/014 has the
 * figures).
 */
const WEBHOOK_MEMORY_MIB = 512;
/**
 * More than a cluster's controllers need at once, and a limit for the cost and the API server's load under
 * attack.
 */
const WEBHOOK_CONCURRENCY = 50;

/** Properties of `ClusterWebhook`. */
export interface ClusterWebhookProps extends WebhookSettings, FunctionProps {
  /**
   * The `timeoutSeconds` of the webhook's configuration in the cluster. The function's own timeout is a
   * second shorter.
   * @default Duration.seconds(5)
   */
  readonly webhookTimeout?: Duration | undefined;
  /** @default 512 */
  readonly memoryMiB?: number | undefined;
  /**
   * How many requests are handled at the same time. Lambda answers further ones with 429. 0 switches the
   * webhook off. `unreserved` uses the account's shared concurrency, for accounts with too low a limit to
   * reserve any.
   * @default 50
   */
  readonly reservedConcurrency?: number | 'unreserved' | undefined;
  /**
   * The name of the alias that the URL belongs to. A new name creates a new URL, which then has to be
   * configured in the cluster.
   * @default 'live'
   */
  readonly aliasName?: string | undefined;
  /**
   * Ranges of public addresses, IPv4 and IPv6, from which the URL can be called. Lambda answers other calls
   * with 403 and does not invoke the function. Grants on `alias` are then not possible, because one policy
   * replaces all permissions of the alias.
   * @default every address
   */
  readonly allowedCallerCidrs?: readonly string[] | undefined;
}

/**
 * One cluster's webhook. The Function URL belongs to an alias of a published version, so that code and
 * configuration change atomically.
 *
 * To roll back, move the alias to the previous version; no build is needed. The next deployment with a new
 * version moves the alias to that one. A deployment without a new version leaves it, because CloudFormation
 * compares templates. The role's policies have no versions: after a rollback to another credential, audience
 * or signing algorithm, the function lacks the permission for it.
 *
 *     aws lambda list-versions-by-function --function-name NAME --query 'Versions[].[Version,LastModified]'
 *     aws lambda update-alias --function-name NAME --name live --function-version 41
 *
 * The URL is public (AuthType NONE), because an API server cannot sign requests for AWS. The function itself
 * checks the caller's token. Each cluster has its own function, so the tokens of two clusters are never in
 * one process.
 */
export class ClusterWebhook extends Construct {
  /** The Lambda function itself. */
  readonly function: LambdaFunction;
  /** The execution role of the function. */
  readonly role: Role;
  /** The log group of the function. */
  readonly logGroup: ILogGroup;
  /** The alias of the current version, which the URL belongs to. */
  readonly alias: Alias;
  /** The Function URL of the alias. */
  readonly functionUrl: FunctionUrl;
  /** The cluster's name in logs and metrics. */
  readonly clusterName: string;
  /** The `timeoutSeconds` of the webhook's configuration in the cluster. */
  readonly webhookTimeout: Duration;

  /**
   * @throws {CwiiError} if the function would not start with the configuration, or if that is too large for
   * Lambda.
   */
  constructor(scope: Construct, id: string, props: ClusterWebhookProps) {
    super(scope, id);
    const { cluster, reservedConcurrency = WEBHOOK_CONCURRENCY } = props;
    const { region } = Stack.of(this);
    const problem = Token.isUnresolved(region) ? undefined : regionProblem(region);
    if (problem !== undefined)
      throw constructError(this, 'region-without-function-urls', `the region of the stack ${problem}`);
    const { environment, config } = webhookEnvironment(this, props);
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
      ...functionProps(props),
    });
    this.function = webhook;
    this.role = role;
    this.logGroup = logGroup;
    cluster.credential.grantTo(role);
    this.alias = new Alias(this, 'Alias', {
      aliasName: props.aliasName ?? 'live',
      version: webhook.currentVersion as IVersion,
    });
    // Adds both permissions that a public URL needs: InvokeFunctionUrl, and InvokeFunction through the URL
    // only.
    this.functionUrl = this.alias.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    if (props.allowedCallerCidrs) allowOnlyFrom(this, this.alias, props.allowedCallerCidrs);
    addTags(this, props);
    const { tokenExpiration, providers } = config.mutate;
    if (reservedConcurrency === 0)
      Annotations.of(this).addWarningV2('cwii:webhook-off', 'reservedConcurrency is 0: Lambda will reject every call');
    if (providers.az.enabled && tokenExpiration < SHORTEST_AZURE_EXPIRATION) {
      Annotations.of(this).addWarningV2(
        'cwii:token-expiration-short',
        `tokens live ${tokenExpiration} s by default, but the SDKs of Azure keep one for 10 minutes and can send an expired one; set tokenExpirationSeconds (CWII_TOKEN_EXPIRATION) to ${SHORTEST_AZURE_EXPIRATION} or more, or disable Azure`,
      );
    }
  }

  /** A metric that the function publishes. @default the sum in five minutes */
  metric(name: MetricsOf['webhook'], options: MetricOptions = {}): Metric {
    return functionMetric('webhook', this.clusterName, name, options);
  }

  /** AdmissionReviews that were answered with a review. */
  metricAdmissions(options?: MetricOptions): Metric {
    return this.metric('Admissions', options);
  }

  /** Pods that have an identity afterwards. */
  metricInjections(options?: MetricOptions): Metric {
    return this.metric('Injections', options);
  }

  /** Pods that were denied. */
  metricDenied(options?: MetricOptions): Metric {
    return this.metric('Denials', options);
  }

  /** Requests for which objects of the cluster could not be read, whatever the answer. */
  metricReadFailures(options?: MetricOptions): Metric {
    return this.metric('ReadFailures', options);
  }

  /** Calls that failed (5xx), for which the failurePolicy decided. */
  metricErrors(options?: MetricOptions): Metric {
    return this.metric('Errors', options);
  }

  /** Calls that were not authenticated or not an AdmissionReview (4xx). */
  metricRefused(options?: MetricOptions): Metric {
    return this.metric('Refused', options);
  }

  /** Starts of the function's code, which the first call of each sandbox waits for. */
  metricColdStarts(options?: MetricOptions): Metric {
    return this.metric('ColdStarts', options);
  }

  /** From the event to the answer, in milliseconds. @default the 99th percentile in five minutes */
  metricDuration(options?: MetricOptions): Metric {
    return this.metric('Duration', { statistic: 'p99', ...options });
  }

  /** HTTP requests made to the cluster. */
  metricClusterReads(options?: MetricOptions): Metric {
    return this.metric('ClusterReads', options);
  }

  /** `https://….lambda-url.REGION.on.aws/`, with a trailing slash. */
  get url(): string {
    return this.functionUrl.url;
  }

  /** A second shorter than the webhook's timeout, because the API server ignores later answers. */
  #functionTimeout(deadlineMarginMs: number): Duration {
    const seconds = this.webhookTimeout.toSeconds();
    if (seconds < 2 || seconds > 30) {
      throw constructError(
        this,
        'webhook-timeout-invalid',
        `webhookTimeout is ${seconds} s; write 2 to 30. Kubernetes accepts at most 30, and the function needs a second less`,
      );
    }
    if (deadlineMarginMs < 1000) {
      throw constructError(
        this,
        'deadline-margin-short',
        `CWII_DEADLINE_MARGIN_MS is ${deadlineMarginMs}, but Lambda stops the function 1000 ms before the webhook's timeout, without an answer; write 1000 or more`,
      );
    }
    return Duration.seconds(seconds - 1);
  }
}
