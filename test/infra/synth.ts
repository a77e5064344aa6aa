// Synthesizes stacks for tests, and finds the resources and variables in them.

import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import { ClusterCredential, type ClusterWebhook, type ClusterWebhookProps } from '../../infra/index.ts';

/** CloudFormation's JSON, which has many shapes. */
// biome-ignore lint/suspicious/noExplicitAny: a wrong path fails the test
export type Json = any;

export class Synthesized {
  readonly template: Json;

  constructor(build: (stack: Stack) => void, props: StackProps = {}) {
    const stack = new Stack(new App(), 'cwii-test', props);
    build(stack);
    this.template = Template.fromStack(stack).toJSON();
  }

  /** `Properties` of every resource of a type, such as `Lambda::Function`. */
  all(type: string): Json[] {
    return this.resources(type).map(({ Properties }) => Properties);
  }

  /** `Properties` of the only resource of a type. */
  one(type: string): Json {
    const all = this.all(type);
    if (all.length !== 1) throw new Error(`there are ${all.length} resources of type ${type}`);
    return all[0];
  }

  /** Whole resources, with their deletion policies. */
  resources(type: string): Json[] {
    const resources: Json[] = Object.values(this.template.Resources);
    return resources.filter(({ Type }) => Type === `AWS::${type}`);
  }

  /** The statements of every policy of this type. Trust policies of roles are not among them. */
  statements(type = 'IAM::Policy'): Json[] {
    return this.all(type).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  }
}

/** The error with which a construct rejects its properties at synth. */
export function synthError(build: (scope: Construct) => void): { code: string; message: string } {
  try {
    build(new Stack(new App(), 'cwii-test'));
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('synth did not fail');
}

/** What CloudFormation puts in the place of a secret's ARN. */
export const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-prod-AbCdEf';

/** The environment of the webhook function in a cluster's stack, with the values that deployment fills in. */
export function webhookVariables(cluster: Cluster): Record<string, string> {
  const stack = new ClusterStack(new App(), cluster);
  const webhook = stack.node.findChild('Webhook') as ClusterWebhook;
  const { environment } = webhook.function.node.defaultChild as CfnFunction;
  const { variables } = stack.resolve(environment) as { variables: Record<string, Json> };
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : `secret:${SECRET_ARN}`,
    ]),
  );
}

export const digest = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

export function webhookProps(changes: Partial<ClusterWebhookProps> = {}): ClusterWebhookProps {
  return {
    cluster: {
      name: 'prod',
      apiUrl: 'https://api.prod.example.com:6443',
      credential: ClusterCredential.webIdentity({ audience: 'cwii:prod' }),
    },
    callers: { tokenSha256: [digest] },
    ...changes,
  };
}
