// Tests for a customer managed key: what it encrypts, and who can use it for what.

import { App } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import { clusterOf, minimal, problemsOf } from '../cluster-file/entries.ts';
import type { Json } from './synth.ts';

const arn = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const env = { account: '123456789012', region: 'eu-central-1' };

function stackWith(encryptionKey: string | undefined): ClusterStack {
  const credential = { secret: {} };
  const changes = { ...env, credential, alarms: { email: 'ops@example.com' }, issuerHosting: {} };
  const issuer = 'https://d111111abcdef8.cloudfront.net/prod';
  return new ClusterStack(new App(), clusterOf(minimal({ ...changes, issuer, encryptionKey })));
}

class Encrypted {
  readonly stack: ClusterStack;
  readonly #resources: Json;

  constructor(encryptionKey: string | undefined) {
    this.stack = stackWith(encryptionKey);
    this.#resources = Template.fromStack(this.stack).toJSON()['Resources'];
  }

  all(type: string): Json[] {
    return Object.values<Json>(this.#resources).filter(({ Type }) => Type === `AWS::${type}`);
  }

  /** The keys of everything that is stored, by type. */
  keysInUse(): Record<string, Json[]> {
    const keys = (type: string, name: string) => this.all(type).map(({ Properties }) => Properties[name]);
    return {
      logs: keys('Logs::LogGroup', 'KmsKeyId'),
      environments: keys('Lambda::Function', 'KmsKeyArn'),
      secret: keys('SecretsManager::Secret', 'KmsKeyId'),
      topic: keys('SNS::Topic', 'KmsMasterKeyId'),
    };
  }

  statements(sid: string): Json[] {
    return this.all('IAM::Policy')
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Sid }: Json) => Sid === sid);
  }
}

const created = new Encrypted('create');
const imported = new Encrypted(arn);
const keyArn = { 'Fn::GetAtt': [expect.stringMatching(/^EncryptionKey/), 'Arn'] };
const throughSecretsManager = {
  StringEquals: {
    'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com',
    'kms:EncryptionContext:SecretARN': { Ref: expect.stringMatching(/^TokenSecret/) },
  },
};

describe('encryptionKey: create', () => {
  const [{ Properties: key, ...options }] = created.all('KMS::Key') as [Json];
  const bySid = (sid: string) => key.KeyPolicy.Statement.filter(({ Sid }: Json) => Sid === sid);

  it('encrypts the logs and environments of all functions, the secret, and the topic', () => {
    expect(created.keysInUse()).toEqual({
      logs: [keyArn, keyArn, keyArn],
      environments: [keyArn, keyArn, keyArn],
      secret: [keyArn],
      topic: [keyArn],
    });
  });

  it('makes one key, which is rotated, and is kept because versions and logs need it', () => {
    expect(created.all('KMS::Key')).toHaveLength(1);
    expect(key.EnableKeyRotation).toBe(true);
    expect(options).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  it('lets CloudWatch Logs use it for the log groups of the stack only', () => {
    expect(bySid('LogGroupsOfTheStack')).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'logs.eu-central-1.amazonaws.com' },
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': {
              'Fn::Join': [
                '',
                ['arn:', { Ref: 'AWS::Partition' }, ':logs:eu-central-1:123456789012:log-group:cwii-prod-*'],
              ],
            },
          },
        },
      }),
    ]);
  });

  it('lets CloudWatch use it for alarms of the account only', () => {
    expect(bySid('AlarmsOfThisAccount')).toEqual([
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: expect.objectContaining({ StringEquals: { 'aws:SourceAccount': '123456789012' } }),
      }),
    ]);
  });

  it('lets each other principal use it only with a policy of the account', () => {
    const others = key.KeyPolicy.Statement.filter(({ Principal }: Json) => !Principal.Service);

    for (const { Principal } of others)
      expect(JSON.stringify(Principal)).toMatch(
        /^\{"AWS":\{"Fn::Join":\["",\["arn:",.*:iam::123456789012:root"\]\]\}\}$/,
      );
  });

  it('lets the functions use it for the secret only, and only the rotation encrypts', () => {
    const statements = created.statements('KeyOfTheSecret');

    expect(statements).toEqual(Array(3).fill(expect.objectContaining({ Condition: throughSecretsManager })));
    const writing = statements.filter(({ Action }) => Action !== 'kms:Decrypt');
    expect(writing.map(({ Action }) => Action)).toEqual([['kms:Decrypt', 'kms:GenerateDataKey']]);
  });
});

describe('encryptionKey with the ARN of a key', () => {
  it('encrypts the same, and makes no key', () => {
    expect(imported.keysInUse()).toEqual({
      logs: [arn, arn, arn],
      environments: [arn, arn, arn],
      secret: [arn],
      topic: [arn],
    });
    expect(imported.all('KMS::Key')).toEqual([]);
  });

  it("gives the roles the same permissions, because CDK cannot change the key's policy", () => {
    const statements = imported.statements('KeyOfTheSecret');

    expect(statements).toEqual(
      Array(3).fill(expect.objectContaining({ Resource: arn, Condition: throughSecretsManager })),
    );
  });

  it('says at synth what the policy of the key must allow', () => {
    Annotations.fromStack(imported.stack).hasInfo(
      '*',
      Match.stringLikeRegexp('must let CloudWatch Logs and alarms use'),
    );
  });

  it.each([
    ['an alias', 'arn:aws:kms:eu-central-1:123456789012:alias/ops', 'write create, or the ARN of a key'],
    ['a key of another region', arn.replace('central', 'west'), 'is in eu-west-1, but the stack is in eu-central-1'],
  ])('is rejected with %s', (_, encryptionKey, message) => {
    expect(problemsOf(minimal({ ...env, encryptionKey }))).toEqual([expect.stringContaining(message)]);
  });
});

it('without encryptionKey everything has keys of AWS', () => {
  const plain = new Encrypted(undefined);

  expect(Object.values(plain.keysInUse()).flat()).toEqual(Array(8).fill(undefined));
  expect(plain.statements('KeyOfTheSecret')).toEqual([]);
});
