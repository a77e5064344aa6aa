// Tests for the stacks of cwii.yaml: their outputs, and rules that every template must follow.

import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type Cluster, readClusterFile } from '../../cluster-file/cluster-file.ts';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import type { Json } from './synth.ts';

const app = new App();
const files = ['test/infra/clusters.yaml', 'test/infra/guarded-clusters.yaml'];
const clusters = files.flatMap((file) => readClusterFile(file).clusters);
for (const cluster of clusters) new ClusterStack(app, cluster);
const assembly = app.synth();

function templateOf(name: string): Json {
  return assembly.getStackByName(`cwii-${name}`).template;
}

function outputsOf(name: string): string[] {
  return Object.keys(templateOf(name).Outputs).sort();
}

const templates: [string, Json][] = clusters.map(({ name }: Cluster) => [name, templateOf(name)]);

it('is synthesized to the folder that is removed after the tests', () => {
  expect(dirname(app.outdir)).toBe(tmpdir());
  expect(basename(tmpdir())).toMatch(/^cwii-tests-/);
});

describe('the outputs of a stack', () => {
  it('are complete if a cluster uses every feature', () => {
    expect(outputsOf('everything')).toEqual([
      'CwiiVersion',
      'IdentityProviderArn',
      'IssuerDistributionDomain',
      'IssuerFunctionArn',
      'IssuerFunctionName',
      'IssuerRoleArn',
      'IssuerUrl',
      'WebhookFunctionArn',
      'WebhookRoleArn',
      'WebhookUrl',
      'WorkloadRoleBatchArn',
      'WorkloadRoleShopCheckoutArn',
    ]);
  });

  it('contain the secret and its rotation with credential secret', () => {
    expect(outputsOf('private')).toEqual(expect.arrayContaining(['TokenSecretArn', 'TokenRotationFunctionArn']));
  });

  it('contain the addresses and the key of a stack that has its own', () => {
    expect(outputsOf('guarded')).toEqual(expect.arrayContaining(['EgressAddresses', 'EncryptionKeyArn']));
  });

  it('contain CloudFront’s own name, but neither issuer nor roles, in the first of two deployments', () => {
    expect(outputsOf('first')).toEqual([
      'CwiiVersion',
      'IssuerDistributionDomain',
      'NextStep',
      'WebhookFunctionArn',
      'WebhookRoleArn',
      'WebhookUrl',
    ]);
    expect(templateOf('first').Outputs.NextStep.Value).toContain('run cdk deploy again');
  });
});

describe('termination protection', () => {
  const isProtected = (name: string) => assembly.getStackByName(`cwii-${name}`).terminationProtection;

  it('is on for stacks that host an issuer, and off for others', () => {
    expect(['everything', 'private', 'pods-only'].map(isProtected)).toEqual([true, true, false]);
  });

  it('is off in the first of two deployments, which CloudFormation could not repeat if it fails', () => {
    expect(isProtected('first')).toBe(false);
  });

  it('is off if cwii.yaml says so, and the output NextStep says what to do about it', () => {
    const cluster = clusters.find(({ name }) => name === 'everything');
    const issuerHosting = { ...cluster?.issuerHosting, terminationProtection: false };
    const stack = new ClusterStack(new App(), { ...cluster, issuerHosting } as Cluster);
    expect(stack.terminationProtection).toBe(false);
    expect(Template.fromStack(stack).findOutputs('NextStep')['NextStep']?.['Value']).toContain('terminationProtection');
  });
});

describe('the identity provider of a hosted issuer', () => {
  it('is created after the issuer’s resources, because IAM connects to the host', () => {
    const { Resources } = templateOf('everything');
    const provider: Json = Object.values<Json>(Resources).find(({ Type }) => Type === 'AWS::IAM::OIDCProvider');
    const awaited = provider.DependsOn.map((id: string) => Resources[id].Type);
    expect(awaited).toEqual(expect.arrayContaining(['AWS::CloudFront::Distribution', 'AWS::Route53::RecordSet']));
    expect(provider.Properties.ThumbprintList).toBeUndefined();
  });

  it('has the thumbprints of cwii.yaml', () => {
    const { Resources } = templateOf('private');
    const provider: Json = Object.values<Json>(Resources).find(({ Type }) => Type === 'AWS::IAM::OIDCProvider');
    expect(provider.Properties.ThumbprintList).toEqual(['06b25927c42a721631c1efd9431e648fa62e1e39']);
  });
});

describe.each(templates)('the template of cluster %s', (_, template) => {
  const resources: Json[] = Object.values(template.Resources);

  it('has no wildcards, except for actions without resources', () => {
    const statements = resources
      // The URL is public, as the next test shows.
      .filter(({ Type }) => Type !== 'AWS::Lambda::ResourcePolicy')
      .flatMap(({ Properties }) => [
        Properties?.PolicyDocument,
        Properties?.AssumeRolePolicyDocument,
        ...(Properties?.Policies ?? []).map((policy: Json) => policy.PolicyDocument),
      ])
      .flatMap((document) => document?.Statement ?? [])
      .filter(({ Effect }) => Effect === 'Allow');
    expect(statements.length).toBeGreaterThan(0);
    const wide = statements.filter(({ Action, Resource, Principal }) =>
      JSON.stringify([Action, Resource ?? null, Principal ?? null]).includes('*'),
    );
    expect(wide.filter(({ Sid }) => !hasNoResource.includes(Sid))).toEqual([]);
  });

  it('makes only the webhook’s URL public', () => {
    const permissions = resources
      .filter(({ Properties }) => Properties?.Principal === '*')
      .map(({ Properties: { Action, FunctionUrlAuthType, InvokedViaFunctionUrl } }) => [
        Action,
        FunctionUrlAuthType ?? String(InvokedViaFunctionUrl),
      ]);
    const statements = resources
      .flatMap(({ Properties }) => Properties?.PolicyDocument?.Statement ?? [])
      .filter(({ Effect, Principal }) => Effect === 'Allow' && Principal?.AWS === '*')
      .map(({ Action, Condition: { StringEquals, Bool } }) => [
        Action,
        StringEquals?.['lambda:FunctionUrlAuthType'] ?? Bool?.['lambda:InvokedViaFunctionUrl'],
      ]);
    expect([...permissions, ...statements]).toEqual([
      ['lambda:InvokeFunctionUrl', 'NONE'],
      ['lambda:InvokeFunction', 'true'],
    ]);
  });

  it('attaches managed policies only to workload roles', () => {
    const managed = resources.filter(({ Properties }) => Properties?.ManagedPolicyArns);
    expect(managed.map(({ Properties }) => Properties.RoleName)).toEqual(managed.length > 0 ? ['shop-checkout'] : []);
  });

  it('limits the retention of every log group', () => {
    const functions = resources.filter(({ Type }) => Type === 'AWS::Lambda::Function');
    const groups = resources.filter(({ Type }) => Type === 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(functions.length);
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBeGreaterThan(0);
  });

  it('contains no secret', () => {
    const text = JSON.stringify(template);
    expect(text).not.toMatch(/PRIVATE KEY|eyJ[\w-]+\.|"SecretString"|"GenerateSecretString"/);
  });
});

/** Statements with actions for which EC2 and STS have no resource; the constructs have the reason. */
const hasNoResource = ['LambdaAttachesTheFunction', 'TokenForThisClusterOnly'];
