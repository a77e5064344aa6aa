// The definitions for Terraform and SAM say the same as the CDK construct, so that none of the three is left behind.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ClusterWebhook } from '../../infra/index.ts';
import { type Json, Synthesized, webhookProps } from './synth.ts';

const cdk = new Synthesized((stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps()));
const made = cdk.one('Lambda::Function');
const web = cdk.statements().find(({ Sid }) => Sid === 'TokenForThisClusterOnly');

describe('the definition for SAM', () => {
  // CloudFormation's short forms are tags that YAML does not know; the values are what is compared.
  const { Resources } = parse(readFileSync('examples/sam/template.yaml', 'utf8'), { logLevel: 'silent' });

  it('has the function that the construct makes', () => {
    const { Runtime, Architectures, Handler, MemorySize, Timeout, ReservedConcurrentExecutions } = made;
    expect(Resources.Webhook.Properties).toMatchObject({
      ...{ Runtime, Architectures, Handler, MemorySize, Timeout, ReservedConcurrentExecutions },
      AutoPublishAlias: cdk.one('Lambda::Alias').Name,
    });
  });

  it('has both permissions of the URL, on the alias', () => {
    const permissions = cdk
      .all('Lambda::Permission')
      .map((permission) => ({ ...permission, FunctionName: 'Webhook.Alias' }));
    expect([Resources.PublicUrl.Properties, Resources.InvokedByUrlOnly.Properties]).toEqual(permissions);
  });

  it('lets the role ask STS for no more', () => {
    const [{ PolicyDocument }] = Resources.WebhookRole.Properties.Policies;
    const { Condition, ...statement } = PolicyDocument.Statement.find((one: Json) => one.Sid === web.Sid);
    expect({ ...statement, Condition: { ...Condition, 'ForAllValues:StringEquals': undefined } }).toEqual({
      ...web,
      Condition: { ...web.Condition, 'ForAllValues:StringEquals': undefined },
    });
    expect(Condition['ForAllValues:StringEquals']).toEqual({ 'sts:IdentityTokenAudience': ['cwii:${Cluster}'] });
  });

  it('has the variables that the construct sets', () => {
    const names = Object.keys(made.Environment.Variables).filter((name) => name !== 'CWII_WEB_IDENTITY_ALGORITHM');
    expect(Object.keys(Resources.Webhook.Properties.Environment.Variables)).toEqual(expect.arrayContaining(names));
  });
});

describe('the definition for Terraform', () => {
  const text = readFileSync('examples/terraform/main.tf', 'utf8').replaceAll(/ +/g, ' ');

  it.each([
    `runtime = "${made.Runtime}"`,
    `architectures = ["${made.Architectures[0]}"]`,
    `memory_size = ${made.MemorySize}`,
    `reserved_concurrent_executions = ${made.ReservedConcurrentExecutions}`,
    'timeout = var.webhook_timeout_seconds - 1',
    'publish = true',
    'function_url_auth_type = "NONE"',
    'invoked_via_function_url = true',
    `"sts:DurationSeconds" = "${web.Condition.NumericLessThanEquals['sts:DurationSeconds']}"`,
    '"sts:SigningAlgorithm" = "ES384"',
    'Null = { "sts:IdentityTokenAudience" = "false" }',
  ])('has %s', (line) => {
    expect(text).toContain(line);
  });
});
