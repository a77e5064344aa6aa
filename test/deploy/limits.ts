// Shows that the role of a function permits its work and nothing else: each condition and resource is needed.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import type { Emulator } from './emulated-aws/emulator.ts';
import { configurationOf, issuerBucket, nameOf } from './functions.ts';
import { credentialsOf } from './role-credentials.ts';

/** A request with the credentials of a role. */
type Attempt = (caller: Emulator, deployment: Deployment) => Promise<unknown>;

export interface Limits {
  /** The output with the ARN of the function. */
  readonly functionOutput: string;
  readonly allowed: Readonly<Record<string, Attempt>>;
  readonly denied: Readonly<Record<string, Attempt>>;
}

const token =
  (audiences: readonly string[], SigningAlgorithm = 'ES384', DurationSeconds = 900): Attempt =>
  (caller) =>
    caller.query('sts', 'GetWebIdentityToken', {
      ...Object.fromEntries(audiences.map((audience, index) => [`Audience.member.${index + 1}`, audience])),
      SigningAlgorithm,
      DurationSeconds: String(DurationSeconds),
    });

const tokens = {
  allowed: { 'a token for its cluster': token(['cwii:prod']) },
  denied: {
    'a token for another audience': token(['cwii:other']),
    'a token for its cluster and another audience': token(['cwii:prod', 'cwii:other']),
    'a token without an audience': token([]),
    'a token with another algorithm': token(['cwii:prod'], 'RS256'),
    'a token with a longer lifetime': token(['cwii:prod'], 'ES384', 901),
  },
};

const otherSecret = 'secret-of-somebody-else';
const secretCall =
  (action: string, id: (deployment: Deployment) => Promise<string>, more = {}): Attempt =>
  async (caller, deployment) => {
    const SecretId = await id(deployment);
    return caller.json('secretsmanager', `secretsmanager.${action}`, { SecretId, ...more });
  };
const ownSecret = async (deployment: Deployment) => (await deployment.outputs())['TokenSecretArn'] ?? '';
const secrets = {
  allowed: { 'its own secret': secretCall('GetSecretValue', ownSecret) },
  denied: {
    'another secret': secretCall('GetSecretValue', async () => otherSecret),
    'the deletion of its secret': secretCall('DeleteSecret', ownSecret),
  },
};

const object =
  (method: 'GET' | 'PUT' | 'DELETE', key: string): Attempt =>
  async (caller, deployment) =>
    caller.rest('s3', method, `/${await issuerBucket(deployment)}/${key}`, method === 'PUT' ? {} : undefined);
const state = 'state/prod.json';
const objects = {
  allowed: { 'its state': object('GET', state) },
  denied: {
    'another object': object('GET', 'state/other.json'),
    'the replacement of another object': object('PUT', 'state/other.json'),
    'the deletion of its state': object('DELETE', state),
  },
};

const everywhere: Readonly<Record<string, Attempt>> = {
  "another function's log": (caller) =>
    caller.json('logs', 'Logs_20140328.PutLogEvents', {
      logGroupName: 'log-of-somebody-else',
      logStreamName: 'any',
      logEvents: [{ timestamp: Date.now(), message: 'forged' }],
    }),
  'the list of roles': (caller) => caller.query('iam', 'ListRoles'),
};

const readers = { webIdentity: tokens, secret: secrets } as const;
type Credential = keyof typeof readers;

export function describeWebhookLimits(of: () => Deployment, credential: Credential): void {
  describeLimits("the webhook's role", of, { functionOutput: 'WebhookFunctionArn', ...readers[credential] });
}

export function describeIssuerLimits(of: () => Deployment, credential: Credential): void {
  const { allowed, denied } = readers[credential];
  describeLimits("the issuer function's role", of, {
    functionOutput: 'IssuerFunctionArn',
    allowed: { ...allowed, ...objects.allowed },
    denied: { ...denied, ...objects.denied },
  });
}

export function describeRotationLimits(of: () => Deployment): void {
  const SecretString = { SecretString: 'forged' };
  describeLimits("the token rotation's role", of, {
    functionOutput: 'TokenRotationFunctionArn',
    allowed: secrets.allowed,
    denied: {
      ...secrets.denied,
      'a value of another secret': secretCall('PutSecretValue', async () => otherSecret, SecretString),
    },
  });
}

function describeLimits(title: string, of: () => Deployment, { functionOutput, allowed, denied }: Limits): void {
  describe(title, () => {
    let caller: Emulator;
    beforeAll(async () => {
      const deployment = of();
      const { Role } = await configurationOf(deployment, nameOf((await deployment.outputs())[functionOutput]));
      caller = deployment.aws.as({ credentials: await credentialsOf(deployment, Role) });
    });

    it.each(Object.entries(allowed))('permits %s', async (_, attempt) => {
      await expect(attempt(caller, of())).resolves.toBeDefined();
    });

    it.each(Object.entries({ ...denied, ...everywhere }))('does not permit %s', async (_, attempt) => {
      await expect(attempt(caller, of())).rejects.toThrow('not authorized to perform');
    });
  });
}
