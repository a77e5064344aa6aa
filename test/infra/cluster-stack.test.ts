// Stacks from cwii.yaml: their outputs, the rules that no template may break, and cdk-nag's on all of them.

import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { type Cluster, readClusterFile } from '../../cluster-file/cluster-file.ts';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import type { Json } from './synth.ts';

const app = new App();
const { clusters } = readClusterFile('test/infra/clusters.yaml');
for (const cluster of clusters) new ClusterStack(app, cluster);
const assembly = app.synth();

function templateOf(name: string): Json {
  return assembly.getStackByName(`cwii-${name}`).template;
}

function outputsOf(name: string): string[] {
  return Object.keys(templateOf(name).Outputs).sort();
}

const templates: [string, Json][] = clusters.map(({ name }: Cluster) => [name, templateOf(name)]);

describe('the outputs of a stack', () => {
  it('are what the cluster’s side needs, all of it where everything is asked for', () => {
    expect(outputsOf('everything')).toEqual([
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

  it('name the secret and its rotation where the credential is a secret', () => {
    expect(outputsOf('private')).toEqual(expect.arrayContaining(['TokenSecretArn', 'TokenRotationFunctionArn']));
  });

  it('name CloudFront’s own name, and neither issuer nor roles, in the first of two deployments', () => {
    expect(outputsOf('first')).toEqual([
      'IssuerDistributionDomain',
      'WebhookFunctionArn',
      'WebhookRoleArn',
      'WebhookUrl',
    ]);
  });
});

describe('a stack that hosts the issuer', () => {
  it('is protected from deletion, from the first deployment on, and no other is', () => {
    const isProtected = (name: string) => assembly.getStackByName(`cwii-${name}`).terminationProtection;
    expect(['everything', 'private', 'first', 'pods-only'].map(isProtected)).toEqual([true, true, true, false]);
  });
});

describe('an identity provider beside its hosted issuer', () => {
  it('is made after it, because IAM connects to the issuer’s host', () => {
    const { Resources } = templateOf('everything');
    const provider: Json = Object.values<Json>(Resources).find(({ Type }) => Type === 'AWS::IAM::OIDCProvider');
    const awaited = provider.DependsOn.map((id: string) => Resources[id].Type);
    expect(awaited).toEqual(expect.arrayContaining(['AWS::CloudFront::Distribution', 'AWS::Route53::RecordSet']));
    expect(provider.Properties.ThumbprintList).toBeUndefined();
  });

  it('has the thumbprints of cwii.yaml, where it has some', () => {
    const { Resources } = templateOf('private');
    const provider: Json = Object.values<Json>(Resources).find(({ Type }) => Type === 'AWS::IAM::OIDCProvider');
    expect(provider.Properties.ThumbprintList).toEqual(['06b25927c42a721631c1efd9431e648fa62e1e39']);
  });
});

describe('every stack', () => {
  it('passes the AwsSolutions pack of cdk-nag, by exceptions with a reason', () => {
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    const found = violations.map(({ ruleName, violatingResources }: Json) => [
      ruleName,
      violatingResources.map(({ constructPath }: Json) => constructPath),
    ]);
    expect(found).toEqual([]);
  });

  it('would be caught by it otherwise', () => {
    const careless = new Stack(new App(), 'Careless');
    new Bucket(careless, 'Bucket');
    expect(new AwsSolutionsChecks(careless).validateScope(careless).success).toBe(false);
  });
});

describe.each(templates)('the template of cluster %s', (_, template) => {
  const resources: Json[] = Object.values(template.Resources);

  it('allows no wildcard, but where no resource can be named', () => {
    const statements = resources
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

  it('makes nothing public but the webhook’s URL', () => {
    const anyone = resources.filter(({ Properties }) => Properties?.Principal === '*');
    expect(anyone.map(({ Properties }) => Properties.Action)).toEqual([
      'lambda:InvokeFunctionUrl',
      'lambda:InvokeFunction',
    ]);
    expect(
      anyone.every(
        ({ Properties: { FunctionUrlAuthType, InvokedViaFunctionUrl } }) =>
          FunctionUrlAuthType || InvokedViaFunctionUrl,
      ),
    ).toBe(true);
  });

  it('has no managed policy on a role of cwii’s own', () => {
    const managed = resources.filter(({ Properties }) => Properties?.ManagedPolicyArns);
    expect(managed.map(({ Properties }) => Properties.RoleName)).toEqual(managed.length > 0 ? ['shop-checkout'] : []);
  });

  it('keeps every log for a time that ends', () => {
    const functions = resources.filter(({ Type }) => Type === 'AWS::Lambda::Function');
    const groups = resources.filter(({ Type }) => Type === 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(functions.length);
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBeGreaterThan(0);
  });

  it('has no secret in it', () => {
    const text = JSON.stringify(template);
    expect(text).not.toMatch(/PRIVATE KEY|eyJ[\w-]+\.|"SecretString"|"GenerateSecretString"/);
  });
});

/** Statements whose actions EC2 and STS know no resource for; the constructs say so beside each. */
const hasNoResource = ['LambdaAttachesTheFunction', 'TokenForThisClusterOnly'];
