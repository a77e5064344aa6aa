// The templates deployed to an emulator, as far as it knows their types: policies that IAM's parser takes and
// hands back, references that lead where they should, environments with which the functions start.

import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import { parseIssuerConfig } from '../../lib/issuer/issuer-config.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { cwii } from '../cli/command.ts';
import type { Json } from '../infra/synth.ts';
import { account, type EmulatedAws, region, startEmulatedAws } from './emulated-aws/emulated-aws.ts';
import { knownPart, standIn } from './emulated-aws/known-part.ts';

/**
 * The types that this version of moto does not deploy; a type that it learns, or one that is new here, fails
 * a test below.
 */
const unknown = [
  'AWS::CloudFront::CachePolicy',
  'AWS::CloudFront::Distribution',
  'AWS::CloudFront::OriginAccessControl',
  'AWS::CloudWatch::Alarm',
  'AWS::IAM::OIDCProvider',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Url',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SecretsManager::Secret',
];
const known = [
  'AWS::CloudWatch::Dashboard',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::Route53::RecordSet',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
];
// Known, but they need what is not there: the zone of somebody else's stack, and the webhook's alias.
const elsewhere = ['AWS::Lambda::Permission', 'AWS::Route53::RecordSet'];

const app = new App();
for (const cluster of readClusterFile('test/infra/clusters.yaml').clusters)
  new ClusterStack(app, { ...cluster, account, region });
const { stacks } = app.synth();
const names = stacks.map(({ stackName }) => stackName);
const templateOf = (stack: string): Json => stacks.find(({ stackName }) => stackName === stack)?.template;

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await startEmulatedAws();
  for (const stack of stacks) {
    const { files } = (
      await import(`${stack.assembly.directory}/${stack.stackName}.assets.json`, { with: { type: 'json' } })
    ).default as Json;
    for (const { source, destinations } of Object.values<Json>(files)) {
      if (source.packaging !== 'zip') continue;
      const [{ objectKey }] = Object.values<Json>(destinations);
      await aws.publish(objectKey, `${stack.assembly.directory}/${source.path}`);
    }
  }
  for (const { stackName, template } of stacks) {
    const TemplateBody = JSON.stringify(knownPart(template, [...unknown, ...elsewhere]));
    await aws.ask('cloudformation', 'CreateStack', { StackName: stackName, TemplateBody });
  }
});
afterAll(() => aws?.stop());

/** Logical to physical IDs of what was made. */
async function madeIn(stack: string): Promise<Map<string, string>> {
  const answer = await aws.ask('cloudformation', 'DescribeStackResources', { StackName: stack });
  return new Map(
    answer
      .split('<member>')
      .slice(1)
      .map((member) => [textOf(member, 'LogicalResourceId'), textOf(member, 'PhysicalResourceId')] as const)
      // An empty list has one member, an empty one.
      .filter(([id]) => id !== ''),
  );
}

function textOf(xml: string, element: string): string {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';
}

function idsOf(stack: string, type: string): string[] {
  const entries: [string, Json][] = Object.entries(templateOf(stack).Resources);
  return entries.filter(([, { Type }]) => Type === `AWS::${type}`).map(([id]) => id);
}

const joinedWithPartition = /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g;

const policy = (xml: string, element: string): Json => JSON.parse(decodeURIComponent(textOf(xml, element)));

it('every type of the templates is known to the emulator or listed as unknown', () => {
  const types = stacks.flatMap(({ template }) => Object.values<Json>(template.Resources).map(({ Type }) => Type));
  expect([...new Set(types)].sort()).toEqual([...known, ...unknown].sort());
});

it.each(unknown)('%s is unknown to the emulator still', async (type) => {
  const stack = `unknown-${type.replaceAll(':', '')}`;
  const TemplateBody = JSON.stringify({ Resources: { One: { Type: type, Properties: {} } } });
  const made = await aws.ask('cloudformation', 'CreateStack', { StackName: stack, TemplateBody }).then(
    () => madeIn(stack),
    (error: Error) => new Map([['One', error.message]]),
  );
  expect([...made]).toEqual([]);
});

describe.each(names)('the stack %s', (stack) => {
  it('is made, with every resource of a known type', async () => {
    const answer = await aws.ask('cloudformation', 'DescribeStacks', { StackName: stack });
    expect(textOf(answer, 'StackStatus')).toBe('CREATE_COMPLETE');
    const made = await madeIn(stack);
    const { Resources } = knownPart(templateOf(stack), [...unknown, ...elsewhere]);
    expect([...made.keys()].sort()).toEqual(Object.keys(Resources).sort());
  });

  it('has policies that IAM parses, on the roles and with the names of the template, with no reference left in them', async () => {
    const made = await madeIn(stack);
    for (const id of idsOf(stack, 'IAM::Policy')) {
      const { PolicyName, PolicyDocument, Roles } = templateOf(stack).Resources[id].Properties;
      const RoleName = made.get(Roles[0].Ref) ?? '';
      const document = policy(await aws.ask('iam', 'GetRolePolicy', { RoleName, PolicyName }), 'PolicyDocument');
      expect(document.Statement).toHaveLength(PolicyDocument.Statement.length);
      const conditions = JSON.stringify(PolicyDocument.Statement.map(({ Condition }: Json) => Condition ?? null));
      expect(document.Statement.map(({ Condition }: Json) => Condition ?? null)).toEqual(
        JSON.parse(conditions.replaceAll(joinedWithPartition, '"arn:aws$1"')),
      );
      expect(JSON.stringify(document)).not.toMatch(/"Ref"|Fn::/);
      for (const arn of document.Statement.flatMap(({ Resource }: Json) => Resource))
        expect(arn).toMatch(/^(\*|arn:aws:[a-z0-9]+:.+)$/);
    }
  });

  it('has a webhook function that starts with its environment', async () => {
    const made = await madeIn(stack);
    const [id = ''] = idsOf(stack, 'Lambda::Function').filter((name) => name.startsWith('Webhook'));
    const environment = await aws.functionEnvironment(made.get(id) ?? '');
    expect(parseConfig({ ...environment, AWS_REGION: region }).clusterName).toBe(stack.replace('cwii-', ''));
  });
});

describe('the stack of everything', () => {
  const stack = 'cwii-everything';

  it('has a role that trusts one ServiceAccount by the provider, to the letter', async () => {
    const [provider = ''] = idsOf(stack, 'IAM::OIDCProvider');
    const trust = policy(await aws.ask('iam', 'GetRole', { RoleName: 'shop-checkout' }), 'AssumeRolePolicyDocument');
    expect(trust.Statement).toEqual([
      {
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'oidc.example.com/everything:aud': 'sts.amazonaws.com',
            'oidc.example.com/everything:sub': 'system:serviceaccount:shop:checkout',
          },
        },
        Effect: 'Allow',
        Principal: { Federated: standIn('AWS::IAM::OIDCProvider', provider) },
      },
    ]);
  });

  it('has an issuer function that starts with its environment, and whose bucket is there', async () => {
    const made = await madeIn(stack);
    const [id = ''] = idsOf(stack, 'Lambda::Function').filter((name) => name.startsWith('Issuer'));
    const environment = await aws.functionEnvironment(made.get(id) ?? '');
    expect(() => parseIssuerConfig({ ...environment, AWS_REGION: region })).not.toThrow();
    const Bucket = environment['CWII_ISSUER_BUCKET'];
    await expect(aws.s3.send(new HeadBucketCommand({ Bucket }))).resolves.toBeDefined();
  });
});

it('a policy with a number where IAM has strings would be refused', async () => {
  const PolicyDocument = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:GetWebIdentityToken',
        Resource: '*',
        Condition: { NumericLessThanEquals: { 'sts:DurationSeconds': 900 } },
      },
    ],
  };
  const parameters = { RoleName: 'batch', PolicyName: 'number', PolicyDocument: JSON.stringify(PolicyDocument) };
  await expect(aws.ask('iam', 'PutRolePolicy', parameters)).rejects.toThrow('MalformedPolicyDocument');
});

describe('the trust policy of `cwii trust`', () => {
  it.each([['shop/checkout'], ['shop/checkout', 'shop/worker']])('is accepted by IAM for %s %s', async (...names) => {
    const role = `trusted-by-${names.length}`;
    const arn = `arn:aws:iam::${account}:role/${role}`;
    const args = ['--cloud', 'aws', '-o', 'json', '--issuer', 'https://oidc.example.com/prod', '--role', arn];
    const { stdout } = await cwii(['trust', ...names, ...args]);

    await aws.ask('iam', 'CreateRole', { RoleName: role, AssumeRolePolicyDocument: stdout });

    const answer = await aws.ask('iam', 'GetRole', { RoleName: role });
    expect(policy(answer, 'AssumeRolePolicyDocument')).toEqual(JSON.parse(stdout));
  });
});
