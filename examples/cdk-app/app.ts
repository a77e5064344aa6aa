// A CDK app with the webhook of a cluster, its issuer, and the role of a workload that reads a bucket.

import { App, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { BlockPublicAccess, Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  ClusterCredential,
  ClusterIdentityProvider,
  ClusterWebhook,
  HostedIssuer,
  WebhookMonitoring,
  WorkloadRole,
} from 'cwii/infra';

const issuer = 'https://oidc.example.com/prod';
const stack = new Stack(new App(), 'shop', { env: { account: '123456789012', region: 'eu-central-1' } });

const cluster = {
  name: 'prod',
  apiUrl: 'https://api.prod.example.com:6443',
  credential: ClusterCredential.webIdentity({ audience: 'cwii:prod' }),
};
const alarmActions = [new SnsAction(Topic.fromTopicArn(stack, 'Ops', 'arn:aws:sns:eu-central-1:123456789012:ops'))];

const webhook = new ClusterWebhook(stack, 'Webhook', {
  cluster,
  // cwii caller-token
  callers: { tokenSha256: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] },
  settings: { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/${namespace}-*' },
  webhookTimeout: Duration.seconds(5),
});
new WebhookMonitoring(stack, 'Monitoring', { webhook, alarmActions });

const hosted = new HostedIssuer(stack, 'Issuer', {
  cluster,
  issuer,
  domain: { certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555' },
  alarmActions,
});

const identityProvider = new ClusterIdentityProvider(stack, 'IdentityProvider', { issuer });
// IAM connects to the issuer's host when it creates the identity provider.
identityProvider.node.addDependency(hosted);
const role = new WorkloadRole(stack, 'Checkout', {
  identityProvider,
  pods: { namespace: 'shop', serviceAccount: 'checkout' },
  roleName: 'shop-checkout',
});
new Bucket(stack, 'Receipts', { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, enforceSSL: true }).grantRead(role);
