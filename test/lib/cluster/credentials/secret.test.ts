// Tests of the token in Secrets Manager: when the secret is read again, and the error for each failure.

import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { secretCredential } from '../../../../lib/cluster/credentials/secret.ts';
import { gateway, reset } from '../../../fakes/aws/endpoint.ts';
import { type Secrets, startSecretsManager } from '../../../fakes/aws/secrets-manager.ts';
import { createTokenIssuer, type TokenIssuer } from '../../../sdk/token-issuer.ts';
import { asOnLambda, asWithProfile, lambdaCredentials, region } from './aws.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-test-a1b2c3';
const remedy =
  'put one into it with `kubectl create token --namespace cwii-system cwii-reader --duration 24h | aws secretsmanager put-secret-value';

let secrets: Secrets;
let issuer: TokenIssuer;
beforeAll(async () => {
  [secrets, issuer] = await Promise.all([
    startSecretsManager({ region, caller: lambdaCredentials }),
    createTokenIssuer('https://oidc.example.com/test'),
  ]);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.endpoint.url);
});
afterAll(() => secrets.endpoint[Symbol.asyncDispose]());
asOnLambda();

const reports: unknown[] = [];
const create = () => secretCredential({ arn, region }, (error) => reports.push(error));
const token = (expirationSeconds = 86_400, age = 0) =>
  issuer.issue({ namespace: 'cwii-system', serviceAccount: 'cwii-reader', audience: 'api', expirationSeconds, age });
const put = (value: string) => secrets.versions.set(arn, [value]);
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  secrets.endpoint.calls.length = 0;
  secrets.versions.clear();
  reports.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  secrets.endpoint.failAlways(undefined);
});

describe('the token of a secret', () => {
  it('is the trimmed text, read with the credentials of the function', async () => {
    const text = token();
    put(` ${text}\n`);
    const credential = create();

    expect(await credential.token()).toBe(text);
    expect(credential.audiences).toEqual(['https://oidc.example.com/test', 'api']);
    expect(secrets.endpoint.calls.map(({ body }) => JSON.parse(body))).toEqual([{ SecretId: arn }]);
  });

  it('is read again in the background after five minutes, so that a rotated token is picked up', async () => {
    const [old, rotated] = [token(), token(3600)];
    put(old);
    const credential = create();
    await credential.token();
    put(rotated);
    later(299);
    const before = await credential.token();
    later(2);
    const due = await credential.token();
    await vi.waitFor(async () => expect(await credential.token()).toBe(rotated), 60_000);

    expect([before, due]).toEqual([old, old]);
    expect(secrets.endpoint.calls).toHaveLength(2);
  });

  it('is read again after it was rejected', async () => {
    const [old, rotated] = [token(), token(3600)];
    put(old);
    const credential = create();
    credential.rejected(await credential.token());
    put(rotated);

    expect(await credential.token()).toBe(rotated);
  });

  it('is read again more often before it expires', async () => {
    put(token(205));
    const credential = create();
    await credential.token();
    later(99);
    await credential.token();
    expect(secrets.endpoint.calls).toHaveLength(1);
    later(2);
    await credential.token();

    await vi.waitFor(() => expect(secrets.endpoint.calls).toHaveLength(2), 60_000);
  });

  it('is used as long as it is valid while Secrets Manager is down', async () => {
    const text = token(3600);
    put(text);
    const credential = create();
    await credential.token();
    secrets.endpoint.failAlways(gateway);
    later(3500);

    expect(await credential.token()).toBe(text);
    await vi.waitFor(() => expect(reports).toHaveLength(1), 60_000);
    later(100);
    await expect(credential.token()).rejects.toMatchObject({ code: 'credential-unreadable' });
  });

  it('may be one that never expires, as ServiceAccounts had in the past', async () => {
    const [header, payload, signature] = token().split('.');
    const { exp: _, ...claims } = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    const neverExpires = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    put(neverExpires);
    const credential = create();
    await credential.token();
    later(100);

    expect(await credential.token()).toBe(neverExpires);
    expect(secrets.endpoint.calls).toHaveLength(1);
  });
});

describe('reading the secret', () => {
  const failure = () =>
    create()
      .token()
      .then(
        () => undefined,
        (thrown: Error) => thrown,
      );

  it.each(['', 'p4ssw0rd', '{"token":"x"}', 'a.b.c', 'two words'])(
    'fails for the content %j, without showing it',
    async (text) => {
      put(text);
      const error = await failure();

      expect(error).toMatchObject({ code: 'credential-unreadable' });
      expect(error?.message).toContain(`the secret ${arn} does not contain a ServiceAccount token; ${remedy}`);
      if (text !== '') expect(error?.message).not.toContain(text);
    },
  );

  it('fails for an expired token, with the time of its expiry', async () => {
    vi.setSystemTime('2026-11-02T12:00:00Z');
    const expired = token(3600, 7200);
    put(expired);
    const error = await failure();

    expect(error?.message).toContain(
      `the ServiceAccount token in the secret ${arn} expired at 2026-11-02T11:00:00.000Z`,
    );
    expect(error?.message).toContain(remedy);
    expect(error?.message).not.toContain(expired);
  });

  it('fails for a missing secret', async () => {
    expect((await failure())?.message).toContain('the secret does not exist, or has no value yet');
  });

  it.each([
    ['AccessDeniedException', "the function's role is denied secretsmanager:GetSecretValue on it (and kms:Decrypt"],
    ['InternalServiceError', 'Secrets Manager in eu-central-1 answered InternalServiceError (HTTP 400)'],
  ])('fails if Secrets Manager answers %s', async (code, message) => {
    secrets.endpoint.failAlways(secrets.endpoint.refusal(400, code));

    expect((await failure())?.message).toContain(`the cluster token cannot be read from the secret ${arn}: ${message}`);
  });

  it('fails if the connection breaks', async () => {
    secrets.endpoint.failAlways(reset);

    expect((await failure())?.message).toContain(
      'Secrets Manager in eu-central-1 cannot be reached (ECONNRESET); in a VPC, add the interface endpoint com.amazonaws.eu-central-1.secretsmanager',
    );
  });
});

it('is read by the SDK if the credentials are not in the environment', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cwii-aws-'));
  await asWithProfile(folder.path);
  const text = token();
  put(text);

  expect(await create().token()).toBe(text);
  expect(secrets.endpoint.calls[0]?.headers['user-agent']).toContain('aws-sdk-js');
});
