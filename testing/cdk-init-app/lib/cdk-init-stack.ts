// Replaces the stack of an app that `cdk init` has made: it has a webhook, and a role of pods.

import * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  ClusterCredential,
  ClusterIdentityProvider,
  ClusterWebhook,
  WebhookMonitoring,
  WorkloadRole,
} from 'cwii/infra';

export class CdkInitStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const webhook = new ClusterWebhook(this, 'Webhook', {
      cluster: {
        name: 'prod',
        apiUrl: 'https://api.prod.example.com:6443',
        credential: ClusterCredential.webIdentity({ audience: 'cwii:prod' }),
      },
      callers: { tokenSha256: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'] },
    });
    new WebhookMonitoring(this, 'Monitoring', { webhook });
    const role = new WorkloadRole(this, 'Checkout', {
      identityProvider: ClusterIdentityProvider.fromIssuer(this, 'https://oidc.example.com/prod'),
      pods: { namespace: 'shop', serviceAccount: 'checkout' },
    });
    new cdk.CfnOutput(this, 'RoleArn', { value: role.roleArn });
  }
}
