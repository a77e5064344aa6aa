// Tests for the policy that limits the Function URL to given addresses.

import { App, Fn, Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { ClusterWebhook } from '../../infra/index.ts';
import { Synthesized, synthError, webhookProps } from './synth.ts';

const cidrs = ['203.0.113.0/24', '2001:DB8:1::/48'];
const narrow = new Synthesized(
  (stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps({ allowedCallerCidrs: cidrs })),
);

describe('a webhook with allowedCallerCidrs', () => {
  it('can be called through its URL from these addresses only, and invoked in no other way', () => {
    const { ResourceArn, PolicyDocument } = narrow.one('Lambda::ResourcePolicy');
    const statement = (Sid: string, Action: string, condition: object) => ({
      ...{ Sid, Action, Effect: 'Allow', Principal: { AWS: '*' }, Resource: ResourceArn },
      Condition: { ...condition, IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '2001:db8:1::/48'] } },
    });

    expect(narrow.template.Resources[ResourceArn.Ref].Type).toBe('AWS::Lambda::Alias');
    expect(PolicyDocument.Statement).toEqual([
      statement('CallTheUrl', 'lambda:InvokeFunctionUrl', {
        StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' },
      }),
      statement('InvokeThroughTheUrl', 'lambda:InvokeFunction', { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }),
    ]);
  });

  it('has no permission beside the policy, because each one would allow every address', () => {
    expect(narrow.all('Lambda::Permission')).toEqual([]);
    expect(narrow.one('Lambda::Url')).toMatchObject({ AuthType: 'NONE', Qualifier: 'live' });
  });

  it('keeps the policy when the key is removed, so that no moment is without a permission', () => {
    const [policy] = narrow.resources('Lambda::ResourcePolicy');

    expect(policy).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('fits the limit of a policy with as many ranges as cwii.yaml accepts', () => {
    const many = Array.from(
      { length: 100 },
      (_, index) => `2001:db8:1234:1234:1234:1234:${(index + 4096).toString(16)}:0/112`,
    );
    const synthesized = new Synthesized(
      (stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps({ allowedCallerCidrs: many })),
    );

    expect(JSON.stringify(synthesized.one('Lambda::ResourcePolicy').PolicyDocument).length).toBeLessThan(20_480);
  });

  it('accepts a value that is known only at deployment', () => {
    const allowedCallerCidrs = [Fn.importValue('egress')];
    const synthesized = new Synthesized(
      (stack) => void new ClusterWebhook(stack, 'Webhook', webhookProps({ allowedCallerCidrs })),
    );
    const [{ Condition }] = synthesized.one('Lambda::ResourcePolicy').PolicyDocument.Statement;

    expect(Condition.IpAddress).toEqual({ 'aws:SourceIp': [{ 'Fn::ImportValue': 'egress' }] });
  });

  it.each([
    [
      'a range of private addresses',
      ['10.0.0.0/8'],
      'allowedCallerCidrs has a value that is "10.0.0.0/8", but Lambda sees',
    ],
    ['nothing', [], 'allowedCallerCidrs is empty, so nobody could call the webhook'],
  ])('is rejected with %s', (_, allowedCallerCidrs, message) => {
    const error = synthError((scope) => {
      new ClusterWebhook(scope, 'Webhook', webhookProps({ allowedCallerCidrs }));
    });

    expect(error.code).toBe('caller-cidr-invalid');
    expect(error.message).toContain(`cwii-test/Webhook: ${message}`);
  });

  it('does not synthesize with a permission that the policy would overwrite', () => {
    const app = new App();
    const props = webhookProps({ allowedCallerCidrs: cidrs });
    const { alias } = new ClusterWebhook(new Stack(app, 'cwii-test'), 'Webhook', props);
    alias.addPermission('Events', { principal: new ServicePrincipal('events.amazonaws.com') });

    expect(() => app.synth()).toThrow(
      'cwii-test/Webhook/Alias/Events is an AWS::Lambda::Permission, but with allowedCallerCidrs',
    );
  });
});
