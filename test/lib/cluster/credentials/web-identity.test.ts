// Knows what AWS STS is asked for by its own SDK, how long a token serves, and what each of its failures is called.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RenewingCredential } from '../../../../lib/cluster/credentials/renewing.ts';
import { claimsOf } from '../../../../lib/cluster/credentials/token-claims.ts';
import { webIdentityCredential } from '../../../../lib/cluster/credentials/web-identity.ts';
import { errorChain } from '../../../../lib/common/log.ts';
import { CLOSED_PORT } from '../../../../testing/ports.ts';
import { gateway, reset, silence } from '../../../fakes/aws/endpoint.ts';
import { type Sts, startSts } from '../../../fakes/aws/sts.ts';
import { asOnLambda, lambdaCredentials, region } from './aws.ts';

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
let credential: RenewingCredential;
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
  it('is asked for the cluster’s audience, signed by the function’s credentials', async () => {
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

  it('can be signed by RSA', async () => {
    const rsa = webIdentityCredential({ audience, algorithm: 'RS256', region }, () => undefined);
    const [header] = (await rsa.token()).split('.');

    expect(JSON.parse(Buffer.from(header ?? '', 'base64url').toString())).toMatchObject({ alg: 'RS256' });
  });

  it('has an audience that is known before it is there, and an issuer afterwards', async () => {
    const before = credential.audiences;
    await credential.token();

    expect(before).toEqual([audience]);
    expect(credential.audiences).toContain(issuer);
  });

  it.each([
    ['in step', 0],
    ['a day ahead', 86_400],
    ['a day behind', -86_400],
  ])('serves for ten minutes, and is renewed then, by a clock that is %s of that of STS', async (_, ahead) => {
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

  it('serves until shortly before it expires while STS is away', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const first = await credential.token();
    sts.endpoint.failAlways(gateway);
    vi.setSystemTime(Date.now() + 880_000);
    expect(await credential.token()).toBe(first);
    await vi.waitFor(() => expect(reports).toHaveLength(1), 60_000);
    vi.setSystemTime(Date.now() + 6_000);

    await expect(credential.token()).rejects.toMatchObject({ code: 'credential-unreadable' });
  });

  it('is asked for a minute where the function’s session ends before a quarter of an hour', async () => {
    sts.endpoint.failNext(sts.endpoint.refusal(403, 'SessionDurationEscalationException'));
    await credential.token();

    expect(forms().map(({ DurationSeconds }) => DurationSeconds)).toEqual(['900', '60']);
  });

  it.each([
    ['is told to wait', () => sts.endpoint.refusal(400, 'Throttling')],
    ['meets an error of STS', () => sts.endpoint.refusal(500, 'InternalFailure')],
    ['meets a proxy that is out of order', () => gateway],
    ['loses its connection', () => reset],
  ])('comes at the second try of a call that %s', async (_, fault) => {
    sts.endpoint.failNext(fault());

    expect(claimsOf(await credential.token())).toMatchObject({ aud: audience });
  });
});

describe('no web identity token', () => {
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
      'AWS STS gives no web identity token for the audience cwii:test: outbound web identity federation is off in this AWS account; switch it on once, by `aws iam enable-outbound-web-identity-federation`',
    ],
    [
      'AccessDenied',
      403,
      "AWS STS gives no web identity token for the audience cwii:test: the function's role is denied sts:GetWebIdentityToken for this audience, ES384 and 900 seconds; allow it in the role's policy, and see that no condition, boundary or service control policy forbids it",
    ],
    [
      'ExpiredToken',
      403,
      'AWS STS gives no web identity token for the audience cwii:test: STS does not accept the AWS credentials of this process (ExpiredToken); elsewhere than on Lambda, renew them and set the clock',
    ],
    [
      'JWTPayloadSizeExceededException',
      400,
      'AWS STS gives no web identity token for the audience cwii:test: STS in eu-central-1 answers JWTPayloadSizeExceededException (HTTP 400)',
    ],
  ])('where STS says %s, which is told with what to do', async (code, status, message) => {
    sts.endpoint.failAlways(sts.endpoint.refusal(status, code));

    expect(await failure()).toMatchObject({ code: 'credential-unreadable', message, cause: { name: code } });
  });

  it('where STS shows the request whose signature is wrong: the session token in it is not repeated', async () => {
    const canonical = `The signature does not match.\n\nThe Canonical String should have been\nx-amz-security-token:${lambdaCredentials.sessionToken}`;
    sts.endpoint.failAlways(sts.endpoint.refusal(403, 'SignatureDoesNotMatch', canonical));
    const told = errorChain(await failure());

    expect(told).toContain('STS does not accept the AWS credentials of this process (SignatureDoesNotMatch)');
    expect(told).toMatch(/<- SignatureDoesNotMatch: The signature does not match\.$/);
  });

  it.each([
    [
      'says nothing',
      silence,
      /STS in eu-central-1 cannot be reached \(.+\); a function in a VPC needs the interface endpoint com\.amazonaws\.eu-central-1\.sts/,
    ],
    ['breaks off every time', reset, /STS in eu-central-1 cannot be reached \(ECONNRESET\)/],
    ['is behind a proxy that is out of order', gateway, /STS in eu-central-1 answers .+ \(HTTP 502\)/],
  ])('where STS %s', async (_, fault, message) => {
    sts.endpoint.failAlways(fault);

    expect(await failure()).toMatchObject({ code: 'credential-unreadable', message: expect.stringMatching(message) });
  });

  it('where nobody listens', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${CLOSED_PORT}`);
    credential = webIdentityCredential({ audience, algorithm: 'ES384', region }, () => undefined);

    expect((await failure()).message).toMatch(/STS in eu-central-1 cannot be reached \(ECONNREFUSED\)/);
  });

  it('where the process has no credentials of AWS', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, '');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    credential = webIdentityCredential({ audience, algorithm: 'ES384', region }, () => undefined);
    const { message } = await failure();
    vi.stubEnv('AWS_ACCESS_KEY_ID', lambdaCredentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', lambdaCredentials.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', lambdaCredentials.sessionToken);

    expect(message).toContain('there are no AWS credentials');
  });

  it.each(['opaque', '', 'a.b.c', 'two words'])('is the answer %j, which is not repeated', async (text) => {
    sts.tokens.text = text;

    expect(await failure()).toMatchObject({
      code: 'credential-unreadable',
      message: 'what AWS STS answered is no web identity token',
    });
  });
});
