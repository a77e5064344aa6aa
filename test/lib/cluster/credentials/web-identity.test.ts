// Tests of the web identity token: the call of AWS STS, the token's lifetime, and the error for each failure.

import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RefreshingCredential } from '../../../../lib/cluster/credentials/refreshing.ts';
import { claimsOf } from '../../../../lib/cluster/credentials/token-claims.ts';
import { webIdentityCredential } from '../../../../lib/cluster/credentials/web-identity.ts';
import { errorChain } from '../../../../lib/common/log.ts';
import { CLOSED_PORT } from '../../../../testing/ports.ts';
import { gateway, reset, silence } from '../../../fakes/aws/endpoint.ts';
import { type Sts, startSts } from '../../../fakes/aws/sts.ts';
import { asOnLambda, asWithProfile, lambdaCredentials, region } from './aws.ts';

const issuer = 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws';
const audience = 'cwii:test';
const caller = {
  account: '123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/cwii-test-webhook',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:cwii-test-webhook',
};

let sts: Sts;
beforeAll(async () => {
  sts = await startSts({ issuer, region, functions: [{ ...caller, credentials: lambdaCredentials }] });
});
afterAll(() => sts.endpoint[Symbol.asyncDispose]());
asOnLambda();

const reports: unknown[] = [];
let credential: RefreshingCredential;
beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.endpoint.url);
  credential = webIdentityCredential({ audience, algorithm: 'ES384', region }, (error) => reports.push(error));
  sts.endpoint.calls.length = 0;
  reports.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  sts.endpoint.failAlways(undefined);
  for (const name of ['seconds', 'ahead', 'text'] as const) delete sts.tokens[name];
});

const forms = () => sts.endpoint.calls.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

describe('a web identity token', () => {
  it('is requested for the audience of the cluster, with the credentials of the function', async () => {
    const token = await credential.token();

    expect(claimsOf(token)).toMatchObject({ iss: issuer, aud: audience, sub: caller.roleArn });
    expect(forms()).toEqual([
      {
        Action: 'GetWebIdentityToken',
        Version: '2011-06-15',
        'Audience.member.1': audience,
        DurationSeconds: '900',
        SigningAlgorithm: 'ES384',
      },
    ]);
  });

  it('can be signed with RSA', async () => {
    const rsa = webIdentityCredential({ audience, algorithm: 'RS256', region }, () => undefined);
    const [header] = (await rsa.token()).split('.');

    expect(JSON.parse(Buffer.from(header ?? '', 'base64url').toString())).toMatchObject({ alg: 'RS256' });
  });

  it('has an audience that is known before it is requested, and an issuer afterwards', async () => {
    const before = credential.audiences;
    await credential.token();

    expect(before).toEqual([audience]);
    expect(credential.audiences).toContain(issuer);
  });

  it.each([
    ['equal to', 0],
    ['a day behind', 86_400],
    ['a day ahead of', -86_400],
  ])('is used for ten minutes and then refreshed if the clock is %s that of STS', async (_, ahead) => {
    sts.tokens.ahead = ahead;
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await credential.token();
    vi.setSystemTime(Date.now() + 599_000);
    const soon = await credential.token();
    expect(sts.endpoint.calls).toHaveLength(1);
    vi.setSystemTime(Date.now() + 2_000);
    const due = await credential.token();
    await vi.waitFor(async () => expect(await credential.token()).not.toBe(first), 60_000);

    expect([soon, due]).toEqual([first, first]);
    expect(sts.endpoint.calls).toHaveLength(2);
  });

  it('is used until shortly before it expires while STS is down', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await credential.token();
    sts.endpoint.failAlways(gateway);
    vi.setSystemTime(Date.now() + 880_000);
    expect(await credential.token()).toBe(first);
    await vi.waitFor(() => expect(reports).toHaveLength(1), 60_000);
    vi.setSystemTime(Date.now() + 6_000);

    await expect(credential.token()).rejects.toMatchObject({ code: 'credential-unreadable' });
  });

  it('is requested for a minute if the session of the function ends before the usual lifetime', async () => {
    sts.endpoint.failNext(sts.endpoint.refusal(403, 'SessionDurationEscalationException'));
    await credential.token();

    expect(forms().map(({ DurationSeconds }) => DurationSeconds)).toEqual(['900', '60']);
  });

  it.each([
    ['is throttled', () => sts.endpoint.refusal(400, 'Throttling')],
    ['gets an error of STS', () => sts.endpoint.refusal(500, 'InternalFailure')],
    ['gets an error of a proxy', () => gateway],
    ['loses its connection', () => reset],
  ])('is obtained with the second attempt if the first %s', async (_, fault) => {
    sts.endpoint.failNext(fault());

    expect(claimsOf(await credential.token())).toMatchObject({ aud: audience });
  });
});

describe('requesting a web identity token', () => {
  const failure = async () => {
    const error: unknown = await credential.token().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error as Error & { code: string };
  };

  it.each([
    [
      'OutboundWebIdentityFederationDisabledException',
      403,
      'AWS STS did not issue a web identity token for the audience cwii:test: outbound web identity federation is disabled in this AWS account; enable it once with `aws iam enable-outbound-web-identity-federation`',
    ],
    [
      'AccessDenied',
      403,
      "AWS STS did not issue a web identity token for the audience cwii:test: the function's role is denied sts:GetWebIdentityToken for this audience, ES384 and 900 seconds; allow it in the role's policy, and check conditions, permissions boundaries and service control policies",
    ],
    [
      'ExpiredToken',
      403,
      'AWS STS did not issue a web identity token for the audience cwii:test: STS rejected the AWS credentials of this process (ExpiredToken); outside Lambda, refresh them and check the clock',
    ],
    [
      'JWTPayloadSizeExceededException',
      400,
      'AWS STS did not issue a web identity token for the audience cwii:test: STS in eu-central-1 answered JWTPayloadSizeExceededException (HTTP 400)',
    ],
  ])('fails with the remedy if STS answers %s', async (code, status, message) => {
    sts.endpoint.failAlways(sts.endpoint.refusal(status, code));

    expect(await failure()).toMatchObject({ code: 'credential-unreadable', message, cause: { name: code } });
  });

  it('fails without showing the session token if STS answers with the signed request', async () => {
    const canonical = `The signature does not match.\n\nThe Canonical String should have been\nx-amz-security-token:${lambdaCredentials.sessionToken}`;
    sts.endpoint.failAlways(sts.endpoint.refusal(403, 'SignatureDoesNotMatch', canonical));
    const message = errorChain(await failure());

    expect(message).toContain('STS rejected the AWS credentials of this process (SignatureDoesNotMatch)');
    expect(message).toMatch(/<- SignatureDoesNotMatch: The signature does not match\.$/);
  });

  it.each([
    [
      'does not answer',
      silence,
      /STS in eu-central-1 cannot be reached \(.+\); in a VPC, add the interface endpoint com\.amazonaws\.eu-central-1\.sts/,
    ],
    ['always breaks the connection', reset, /STS in eu-central-1 cannot be reached \(ECONNRESET\)/],
    ['is behind a proxy that fails', gateway, /STS in eu-central-1 answered .+ \(HTTP 502\)/],
  ])('fails if STS %s', async (_, fault, message) => {
    sts.endpoint.failAlways(fault);

    expect(await failure()).toMatchObject({ code: 'credential-unreadable', message: expect.stringMatching(message) });
  });

  it('fails if nothing listens at the endpoint', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${CLOSED_PORT}`);
    credential = webIdentityCredential({ audience, algorithm: 'ES384', region }, () => undefined);

    expect((await failure()).message).toMatch(/STS in eu-central-1 cannot be reached \(ECONNREFUSED\)/);
  });

  it('fails without AWS credentials', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, '');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    credential = webIdentityCredential({ audience, algorithm: 'ES384', region }, () => undefined);
    const { message } = await failure();
    vi.stubEnv('AWS_ACCESS_KEY_ID', lambdaCredentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', lambdaCredentials.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', lambdaCredentials.sessionToken);

    expect(message).toContain('there are no AWS credentials');
  });

  it.each(['opaque', '', 'a.b.c', 'two words'])('fails for the answer %j, without showing it', async (text) => {
    sts.tokens.text = text;

    expect(await failure()).toMatchObject({
      code: 'credential-unreadable',
      message: 'the answer of AWS STS is not a web identity token',
    });
  });
});

it('is requested by the SDK if the credentials are not in the environment', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'cwii-aws-'));
  await asWithProfile(folder.path);
  credential = webIdentityCredential({ audience, algorithm: 'ES384', region }, () => undefined);

  expect(claimsOf(await credential.token())).toMatchObject({ aud: audience });
  expect(sts.endpoint.calls[0]?.headers['user-agent']).toContain('aws-sdk-js');
});
