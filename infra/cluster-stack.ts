// The stack of one cluster of cwii.yaml, with the outputs from which `cwii manifests` generates files.

import { Annotations, CfnOutput, Duration, Fn, Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Cluster } from '../cluster-file/cluster-file.ts';
import { isFirstDeployment } from '../cluster-file/issuer-url.ts';
import { pascalCase, stackNameOf } from '../cluster-file/stack-names.ts';
import { packageVersion } from '../lib/common/package-root.ts';
import { alarmTopic } from './alarms.ts';
import type { ClusterAccess, ClusterNetwork } from './cluster-access.ts';
import { credentialOf, webhookSettingsOf } from './cluster-file-settings.ts';
import { ClusterIdentityProvider } from './cluster-identity-provider.ts';
import { ClusterWebhook } from './cluster-webhook.ts';
import { EncryptionKey, type EncryptionProps, importedKey } from './encryption-key.ts';
import { FixedEgress } from './fixed-egress.ts';
import { HostedIssuer } from './hosted-issuer.ts';
import { acknowledge } from './nag.ts';
import { TokenSecret } from './token-secret.ts';
import { WebhookMonitoring } from './webhook-monitoring.ts';
import { type TrustedPods, WorkloadRole } from './workload-role.ts';

/** Options of every function and alarm of a stack. */
interface CommonOptions extends EncryptionProps {
  readonly logRetention: RetentionDays;
  readonly alarmActions: readonly IAlarmAction[];
}

function isProtected({ issuer, issuerHosting }: Cluster): boolean {
  return issuerHosting?.terminationProtection === true && !isFirstDeployment(issuer);
}

export class ClusterStack extends Stack {
  readonly #cluster: Cluster;
  readonly #common: CommonOptions;

  /** @throws {CwiiError} for mistakes that otherwise only CloudFormation or Lambda would report. */
  constructor(scope: Construct, cluster: Cluster) {
    const { name, account, region, api, credential } = cluster;
    super(scope, stackNameOf(name), {
      description: `cwii: cloud identity for pods of cluster ${name}`,
      // Deleting the stack keeps the resources that serve the issuer, but without a stack, and no new key is
      // published. CloudFormation cannot repeat a failed first deployment of a protected stack.
      terminationProtection: isProtected(cluster),
      env: { ...(account !== undefined && { account }), ...(region !== undefined && { region }) },
    });
    this.#cluster = cluster;
    const encryptionKey = this.#encryptionKey();
    const alarmActions = this.#alarmActions(encryptionKey);
    this.#common = { logRetention: cluster.function.logRetentionDays, alarmActions, encryptionKey };
    const connection = { name, apiUrl: api.url, apiCa: api.ca, network: this.#network() };
    const tokenSecret = credential.secret && this.#addTokenSecret(connection, credential.secret.expirationSeconds);
    const access = { ...connection, credential: credentialOf(cluster, tokenSecret?.credential) };
    this.#output('CwiiVersion', packageVersion(), 'The version of cwii that this stack is from');
    this.#addWebhook(access);
    this.#addIdentities(this.#addIssuer(access));
    this.#addNextStep();
  }

  /** An output that names a second deployment, which is easy to miss. */
  #addNextStep(): void {
    const { issuerHosting } = this.#cluster;
    const guide = "(docs/deploying.md, On CloudFront's own name)";
    const step = this.#isFirstDeployment
      ? `Replace the host of issuer in cwii.yaml with the value of IssuerDistributionDomain, and run cdk deploy again ${guide}`
      : issuerHosting?.terminationProtection === false
        ? 'Remove issuerHosting.terminationProtection from cwii.yaml, and run cdk deploy again: the stack is not protected against deletion yet'
        : undefined;
    if (step !== undefined) this.#output('NextStep', step, 'What is left to do');
  }

  #addTokenSecret(cluster: Omit<ClusterAccess, 'credential'>, expirationSeconds: number): TokenSecret {
    const tokenLifetime = Duration.seconds(expirationSeconds);
    const tokenSecret = new TokenSecret(this, 'Token', { cluster, tokenLifetime, ...this.#common });
    this.#output('TokenSecretArn', tokenSecret.secret.secretArn, "The secret for the cluster's first token");
    const { functionArn } = tokenSecret.rotation.function;
    this.#output('TokenRotationFunctionArn', functionArn, 'The token rotation function');
    return tokenSecret;
  }

  #addWebhook(access: ClusterAccess): void {
    const { webhook: registration, function: lambda } = this.#cluster;
    const webhook = new ClusterWebhook(this, 'Webhook', {
      ...webhookSettingsOf(this.#cluster, access),
      webhookTimeout: Duration.seconds(registration.timeoutSeconds),
      memoryMiB: lambda.memoryMiB,
      reservedConcurrency: lambda.reservedConcurrency,
      allowedCallerCidrs: lambda.allowedCallerCidrs,
      logRetention: this.#common.logRetention,
      encryptionKey: this.#common.encryptionKey,
    });
    new WebhookMonitoring(this, 'Monitoring', { webhook, alarmActions: this.#common.alarmActions });
    this.#output('WebhookUrl', webhook.url, "The URL for the cluster's webhook configuration");
    this.#output('WebhookFunctionArn', webhook.function.functionArn, 'The webhook function');
    this.#output(
      'WebhookRoleArn',
      webhook.role.roleArn,
      'The role with which the webhook function authenticates to the cluster',
    );
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
    this.#output(
      'IssuerDistributionDomain',
      distributionDomainName,
      "The domain name of the issuer's CloudFront distribution",
    );
    if (!hosted.publisher) return hosted;
    const { function: publisher, role } = hosted.publisher;
    this.#output('IssuerFunctionArn', publisher.functionArn, 'The issuer function');
    this.#output(
      'IssuerFunctionName',
      publisher.functionName,
      'The name of the issuer function, for the command that drops a key',
    );
    this.#output('IssuerRoleArn', role.roleArn, 'The role with which the issuer function authenticates to the cluster');
    return hosted;
  }

  #addIdentities(hosted: HostedIssuer | undefined): void {
    const { issuer, identityProvider: wanted, workloadRoles, providers } = this.#cluster;
    if (this.#isFirstDeployment) {
      Annotations.of(this).addInfo(
        'This is the first of two deployments: use the output IssuerDistributionDomain as the host of the issuer in cwii.yaml, and deploy again.',
      );
      return;
    }
    if (!wanted) return;
    const identityProvider = new ClusterIdentityProvider(this, 'IdentityProvider', { issuer, ...wanted });
    // Without thumbprints IAM connects to the issuer's host when the identity provider is created.
    if (hosted) identityProvider.node.addDependency(hosted);
    this.#output('IdentityProviderArn', identityProvider.providerArn, 'The identity provider that IAM roles trust');
    for (const { name, path, namespace, serviceAccount, managedPolicyArns } of workloadRoles) {
      const pods: TrustedPods =
        serviceAccount === undefined ? { namespace, allServiceAccounts: true } : { namespace, serviceAccount };
      const id = `WorkloadRole${pascalCase(name)}`;
      const role = new WorkloadRole(this, id, {
        identityProvider,
        pods,
        audience: providers.aws.defaultAudience,
        roleName: name,
        ...(path !== '/' && { path }),
        managedPolicies: [...new Set(managedPolicyArns)].map((arn, index) =>
          ManagedPolicy.fromManagedPolicyArn(this, `${id}Policy${index}`, arn),
        ),
      });
      for (const arn of managedPolicyArns)
        acknowledge(role, `AwsSolutions-IAM4[Policy::${arn}]`, 'The cluster owner chose this policy in cwii.yaml.');
      this.#output(`${id}Arn`, role.roleArn, `For cwii.dev/aws-role-arn in namespace ${namespace}`);
    }
  }

  get #isFirstDeployment(): boolean {
    return isFirstDeployment(this.#cluster.issuer);
  }

  /** The first zones of the region. Otherwise CDK looks them up at synth, with credentials of the account. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  #network(): ClusterNetwork | undefined {
    const { vpc, egress, url } = this.#cluster.api;
    if (egress) {
      const fixed = new FixedEgress(this, 'Egress', { apiUrl: url, ...egress });
      const value = fixed.addresses.join(',');
      this.#output('EgressAddresses', value, "The functions' addresses, for the firewall of the API server");
      return fixed.network;
    }
    if (!vpc) return undefined;
    const { vpcId, availabilityZones, subnetIds, securityGroupIds } = vpc;
    return {
      vpc: Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones }),
      subnets: subnetIds.map((id) => {
        const subnet = Subnet.fromSubnetId(this, id, id);
        acknowledge(
          subnet,
          'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
          'Lambda attaches the function to the subnet; its route table is not used.',
        );
        return subnet;
      }),
      securityGroups: securityGroupIds.map((id) => SecurityGroup.fromSecurityGroupId(this, id, id)),
    };
  }

  #encryptionKey(): IKey | undefined {
    const { encryptionKey } = this.#cluster;
    if (encryptionKey === undefined) return undefined;
    if (encryptionKey !== 'create') return importedKey(this, 'EncryptionKey', encryptionKey);
    const key = new EncryptionKey(this, 'EncryptionKey');
    this.#output('EncryptionKeyArn', key.keyArn, 'The key for logs, environments, secret and alarm topic');
    return key;
  }

  #alarmActions(encryptionKey: IKey | undefined): IAlarmAction[] {
    const { alarms } = this.#cluster;
    if (alarms?.topicArn !== undefined) return [new SnsAction(Topic.fromTopicArn(this, 'AlarmTopic', alarms.topicArn))];
    return alarms?.email === undefined
      ? []
      : [alarmTopic(this, 'Alarms', { email: alarms.email, encryptionKey }).action];
  }

  #output(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}
