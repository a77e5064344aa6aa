// One cluster of cwii.yaml as a stack, `cwii-<name>`, with the outputs that the cluster's side is made from.

import { Annotations, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Cluster } from '../cluster-file/cluster-file.ts';
import { FIRST_DEPLOYMENT_HOST } from '../cluster-file/issuer-url.ts';
import { pascalCase } from '../cluster-file/pascal-case.ts';
import { acknowledgeRule } from './acknowledged-rules.ts';
import { alarmTopic } from './alarms.ts';
import type { ClusterAccess, ClusterNetwork } from './cluster-access.ts';
import { ClusterCredential } from './cluster-credential.ts';
import { ClusterIdentityProvider } from './cluster-identity-provider.ts';
import { ClusterWebhook } from './cluster-webhook.ts';
import { webhookEnvironment } from './function-environment.ts';
import { HostedIssuer } from './hosted-issuer.ts';
import { TokenSecret } from './token-secret.ts';
import { WebhookMonitoring } from './webhook-monitoring.ts';
import { type TrustedPods, WorkloadRole } from './workload-role.ts';

/** Of every function and alarm of a stack. */
interface Common {
  readonly logRetention: RetentionDays;
  readonly alarmActions: readonly IAlarmAction[];
}

export class ClusterStack extends Stack {
  readonly #cluster: Cluster;
  readonly #common: Common;

  /** @throws {CwiiError} for what only CloudFormation or Lambda would refuse otherwise. */
  constructor(scope: Construct, cluster: Cluster) {
    const { name, account, region, api, credential } = cluster;
    super(scope, `cwii-${name}`, {
      description: `cwii: cloud identity for pods of cluster ${name}`,
      // What serves the issuer would stay, but no new key would be published any more, and no stack know of it.
      terminationProtection: cluster.issuerHosting !== undefined,
      env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
    });
    this.#cluster = cluster;
    this.#common = { logRetention: cluster.function.logRetentionDays, alarmActions: this.#alarmActions() };
    const way = { name, apiUrl: api.url, apiCa: api.ca, network: this.#network() };
    const tokenSecret = credential.secret && this.#addTokenSecret(way, credential.secret.expirationSeconds);
    const access = { ...way, credential: tokenSecret?.credential ?? this.#credential() };
    this.#addWebhook(credential.none ? { name, credential: access.credential } : access, tokenSecret);
    this.#addIdentities(this.#addIssuer(access));
  }

  #addTokenSecret(way: Omit<ClusterAccess, 'credential'>, expirationSeconds: number): TokenSecret {
    const tokenLifetime = Duration.seconds(expirationSeconds);
    const tokenSecret = new TokenSecret(this, 'Token', { cluster: way, tokenLifetime, ...this.#common });
    this.#output('TokenSecretArn', tokenSecret.secret.secretArn, "Where the cluster's first token is put");
    const { functionArn } = tokenSecret.rotation.function;
    this.#output('TokenRotationFunctionArn', functionArn, 'Renews the token');
    return tokenSecret;
  }

  #addWebhook(access: ClusterAccess, tokenSecret: TokenSecret | undefined): void {
    const { webhook: inCluster, callers, function: chosen } = this.#cluster;
    const webhook = new ClusterWebhook(this, 'Webhook', {
      cluster: access,
      callers,
      settings: webhookEnvironment(this.#cluster, tokenSecret && { tokenSecretArn: tokenSecret.secret.secretArn }),
      webhookTimeout: Duration.seconds(inCluster.timeoutSeconds),
      memoryMiB: chosen.memoryMiB,
      reservedConcurrency: chosen.reservedConcurrency,
      logRetention: this.#common.logRetention,
    });
    new WebhookMonitoring(this, 'Monitoring', { webhook, alarmActions: this.#common.alarmActions });
    this.#output('WebhookUrl', webhook.url, "For the cluster's webhook configuration");
    this.#output('WebhookFunctionArn', webhook.function.functionArn, 'The webhook function');
    this.#output('WebhookRoleArn', webhook.role.roleArn, 'As which it authenticates to the cluster');
  }

  #addIssuer(cluster: ClusterAccess): HostedIssuer | undefined {
    const { issuer, issuerHosting } = this.#cluster;
    if (!this.#isFirstDeployment) this.#output('IssuerUrl', issuer, 'The issuer of ServiceAccount tokens');
    if (!issuerHosting) return undefined;
    const { certificateArn, hostedZone: zone, keyGraceSeconds } = issuerHosting;
    const hostedZone =
      zone && HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId: zone.id, zoneName: zone.name });
    const hosted = new HostedIssuer(this, 'Issuer', {
      cluster,
      issuer,
      domain: certificateArn === undefined ? undefined : { certificateArn, hostedZone },
      keyGrace: Duration.seconds(keyGraceSeconds),
      ...this.#common,
    });
    const { distributionDomainName } = hosted.distribution;
    this.#output('IssuerDistributionDomain', distributionDomainName, "CloudFront's own name for the issuer");
    if (!hosted.publisher) return hosted;
    const { function: publisher, role } = hosted.publisher;
    this.#output('IssuerFunctionArn', publisher.functionArn, 'The issuer function');
    this.#output('IssuerFunctionName', publisher.functionName, 'The same, for the command that drops a key');
    this.#output('IssuerRoleArn', role.roleArn, 'As which it authenticates to the cluster');
    return hosted;
  }

  #addIdentities(hosted: HostedIssuer | undefined): void {
    const { issuer, identityProvider: wanted, workloadRoles, providers } = this.#cluster;
    if (this.#isFirstDeployment) {
      Annotations.of(this).addInfo(
        'The first of two deployments: write the output IssuerDistributionDomain into the issuer in cwii.yaml, and deploy again.',
      );
      return;
    }
    if (!wanted) return;
    const identityProvider = new ClusterIdentityProvider(this, 'IdentityProvider', { issuer, ...wanted });
    // Without thumbprints IAM connects to the issuer's host when the provider is made.
    if (hosted) identityProvider.node.addDependency(hosted);
    this.#output('IdentityProviderArn', identityProvider.providerArn, 'Which IAM roles trust');
    for (const { name, namespace, serviceAccount, managedPolicyArns } of workloadRoles) {
      const pods: TrustedPods =
        serviceAccount === undefined ? { namespace, allServiceAccounts: true } : { namespace, serviceAccount };
      const id = `WorkloadRole${pascalCase(name)}`;
      const role = new WorkloadRole(this, id, {
        identityProvider,
        pods,
        audience: providers.aws.defaultAudience,
        roleName: name,
        managedPolicies: [...new Set(managedPolicyArns)].map((arn, index) =>
          ManagedPolicy.fromManagedPolicyArn(this, `${id}Policy${index}`, arn),
        ),
      });
      for (const arn of managedPolicyArns)
        acknowledgeRule(
          role,
          `AwsSolutions-IAM4[Policy::${arn}]`,
          'cwii.yaml names it: the choice of the cluster owner.',
        );
      this.#output(`${id}Arn`, role.roleArn, `For cwii.dev/aws-role-arn in namespace ${namespace}`);
    }
  }

  get #isFirstDeployment(): boolean {
    return new URL(this.#cluster.issuer).hostname === FIRST_DEPLOYMENT_HOST;
  }

  #credential(): ClusterCredential {
    const { webIdentity, eks } = this.#cluster.credential;
    if (webIdentity) return ClusterCredential.webIdentity(webIdentity);
    return eks ? ClusterCredential.eks(eks.cluster) : ClusterCredential.none();
  }

  #network(): ClusterNetwork | undefined {
    const { vpc } = this.#cluster.api;
    if (!vpc) return undefined;
    const { vpcId, availabilityZones, subnetIds, securityGroupIds } = vpc;
    return {
      vpc: Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones }),
      subnets: subnetIds.map((id) => {
        const subnet = Subnet.fromSubnetId(this, id, id);
        const reason = 'Lambda attaches the function to the subnet; nobody asks for its routes.';
        acknowledgeRule(subnet, 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId', reason);
        return subnet;
      }),
      securityGroups: securityGroupIds.map((id) => SecurityGroup.fromSecurityGroupId(this, id, id)),
    };
  }

  #alarmActions(): IAlarmAction[] {
    const { alarms } = this.#cluster;
    if (alarms?.topicArn !== undefined) return [new SnsAction(Topic.fromTopicArn(this, 'AlarmTopic', alarms.topicArn))];
    return alarms?.email === undefined ? [] : [alarmTopic(this, 'Alarms', alarms.email).action];
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
