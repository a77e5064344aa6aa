// A customer managed KMS key for what a stack stores: logs, environments, the secret, and the alarm topic.

import { Annotations, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, ViaServicePrincipal } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Properties of constructs that store something. */
export interface EncryptionProps {
  /**
   * Encrypts what the construct stores: logs, environments, and a secret. `EncryptionKey` has the necessary
   * policy.
   * @default keys of AWS
   */
  readonly encryptionKey?: IKey | undefined;
}

/**
 * A key that is rotated every year. CloudWatch Logs can use it for the log groups of the stack whose names
 * CloudFormation generates, and IAM policies of the account for everything else.
 *
 * It is kept when it leaves the template: without it, earlier versions of the functions do not start, and
 * logs cannot be read.
 */
export class EncryptionKey extends Key {
  constructor(scope: Construct, id: string) {
    const { stackName } = Stack.of(scope);
    super(scope, id, {
      description: `cwii: logs, environments, secret and alarm topic of the stack ${stackName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const { partition, region, account } = Stack.of(this);
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogGroupsOfTheStack',
        principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:${stackName}-*`,
          },
        },
      }),
    );
  }
}

/** Lets CloudWatch publish the alarms of this account to a topic that the key encrypts. */
export function allowAlarms(scope: Construct, key: IKey): void {
  const { partition, region, account } = Stack.of(scope);
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      conditions: {
        ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
        StringEquals: { 'aws:SourceAccount': account },
      },
    }),
  );
}

/**
 * Lets a role use the key of a secret, only through Secrets Manager and only for this secret.
 *
 * @param use `write` also encrypts a new value.
 */
export function allowSecretKey(secret: ISecret, role: Role, use: 'read' | 'write'): void {
  const { encryptionKey: key, secretArn } = secret;
  if (!key) return;
  const service = `secretsmanager.${Stack.of(secret).region}.amazonaws.com`;
  role.addToPolicy(
    new PolicyStatement({
      sid: 'KeyOfTheSecret',
      actions: use === 'write' ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': service, 'kms:EncryptionContext:SecretARN': secretArn } },
    }),
  );
  if (key instanceof EncryptionKey) return;
  // The policy of another key need not let IAM policies decide. CDK cannot change that of an imported key.
  const principal = new ViaServicePrincipal(service, role);
  if (use === 'write') key.grantEncryptDecrypt(principal);
  else key.grantDecrypt(principal);
}

/** The key with this ARN. Its owner writes the policy. */
export function importedKey(scope: Construct, id: string, arn: string): IKey {
  Annotations.of(scope).addInfo(
    `the policy of ${arn} must let CloudWatch Logs and alarms use the key (docs/deploying.md, Your own key)`,
  );
  return Key.fromKeyArn(scope, id, arn);
}
