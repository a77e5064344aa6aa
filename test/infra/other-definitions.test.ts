// Tests that the templates for CloudFormation and SAM in examples/ match the CDK construct.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ClusterWebhook } from '../../infra/index.ts';
import { type Json, Synthesized, webhookProps } from './synth.ts';

const cdk = new Synthesized((stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps()));
const lambda = cdk.one('Lambda::Function');
const webIdentity = cdk.statements().find(({ Sid }) => Sid === 'TokenForThisClusterOnly');

interface Definition {
  readonly folder: string;
  /** The function, as other resources of the template refer to it. */
  readonly invoked: string;
  /** The properties that deploy the code, with or without an alias. */
  readonly properties: object;
}

describe.each<Definition>([
  {
    folder: 'sam',
    invoked: 'Webhook.Alias',
    properties: { AutoPublishAlias: cdk.one('Lambda::Alias').Name, AutoPublishAliasAllProperties: true },
  },
  { folder: 'cloudformation', invoked: 'Webhook.Arn', properties: { Code: { S3Bucket: 'Bucket', S3Key: 'Key' } } },
])('the definition in examples/$folder', ({ folder, invoked, properties }) => {
  // CloudFormation's short forms are YAML tags that the parser does not know; it keeps their values.
  const { Resources } = parse(readFileSync(`examples/${folder}/template.yaml`, 'utf8'), { logLevel: 'silent' });

  it('has the same function', () => {
    const { Runtime, Architectures, Handler, MemorySize, Timeout, ReservedConcurrentExecutions } = lambda;
    expect(Resources.Webhook.Properties).toMatchObject({
      ...{ Runtime, Architectures, Handler, MemorySize, Timeout, ReservedConcurrentExecutions },
      ...properties,
    });
  });

  it('has both permissions for the URL', () => {
    const permissions = cdk.all('Lambda::Permission').map((permission) => ({ ...permission, FunctionName: invoked }));
    expect([Resources.PublicUrl.Properties, Resources.InvokedByUrlOnly.Properties]).toEqual(permissions);
  });

  it('has the same policy for the addresses of callers, instead of the permissions', () => {
    const allowedCallerCidrs = ['203.0.113.0/24'];
    const narrow = new Synthesized(
      (stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps({ allowedCallerCidrs })),
    );
    const alias = narrow.one('Lambda::ResourcePolicy').ResourceArn;
    const policy = JSON.parse(
      JSON.stringify(narrow.one('Lambda::ResourcePolicy'))
        .replaceAll(JSON.stringify(alias), JSON.stringify(invoked))
        .replaceAll('["203.0.113.0/24"]', '[",","AllowedCallerCidrs"]'),
    );
    expect(Resources.CallerPolicy.Properties).toEqual(policy);
    expect(Resources.CallerPolicy).toMatchObject({ Condition: 'OnlyTheseAddresses', DeletionPolicy: 'Retain' });
    expect([Resources.PublicUrl.Condition, Resources.InvokedByUrlOnly.Condition]).toEqual(['AnyAddress', 'AnyAddress']);
  });

  it('has the same permission for STS', () => {
    const [{ PolicyDocument }] = Resources.WebhookRole.Properties.Policies;
    const { Condition, ...statement } = PolicyDocument.Statement.find((one: Json) => one.Sid === webIdentity.Sid);
    expect({ ...statement, Condition: { ...Condition, 'ForAllValues:StringEquals': undefined } }).toEqual({
      ...webIdentity,
      Condition: { ...webIdentity.Condition, 'ForAllValues:StringEquals': undefined },
    });
    expect(Condition['ForAllValues:StringEquals']).toEqual({ 'sts:IdentityTokenAudience': ['cwii:${Cluster}'] });
  });

  it('has the same environment variables', () => {
    const names = Object.keys(lambda.Environment.Variables).filter((name) => name !== 'CWII_WEB_IDENTITY_ALGORITHM');
    expect(Object.keys(Resources.Webhook.Properties.Environment.Variables)).toEqual(expect.arrayContaining(names));
  });
});
