// A stack of the test's own, and the resources of its template.

import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { ClusterCredential, type ClusterWebhookProps } from '../../infra/index.ts';

/** CloudFormation's JSON, as far as tests look into it. */
// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes, and a wrong path fails the test.
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

  one(type: string): Json {
    const [properties, ...others] = this.all(type);
    if (!properties || others.length > 0) throw new Error(`${others.length + 1} or no resources of ${type}`);
    return properties;
  }

  /** Whole resources, with their policies beside the properties. */
  resources(type: string): Json[] {
    const resources: Json[] = Object.values(this.template.Resources);
    return resources.filter(({ Type }) => Type === `AWS::${type}`);
  }

  /** The statements of every policy but the roles' trust policies. */
  statements(type = 'IAM::Policy'): Json[] {
    return this.all(type).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  }
}

/** What a construct refuses at synth: the error's code. */
export function refusal(build: (scope: Construct) => void): { code: string; message: string } {
  try {
    build(new Stack(new App(), 'cwii-test'));
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('was not refused');
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
