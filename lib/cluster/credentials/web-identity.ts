// Web identity tokens of AWS STS, for a cluster that trusts the issuer of the AWS account.

import { CwiiError } from '../../common/errors.ts';
import { WEB_IDENTITY_SECONDS, type WebIdentity } from '../../settings/cluster-credential.ts';
import { type AwsCall, awsFailure, credentialsToSign, requestClientConfig } from './aws-call.ts';
import { type ObtainedToken, RefreshingCredential } from './refreshing.ts';
import { claimsOf } from './token-claims.ts';

/**
 * The shortest lifetime that STS issues, for when the session of the function ends before
 * WEB_IDENTITY_SECONDS.
 */
const MIN_SECONDS = 60;

/** The token must not expire between sending a request and its authentication by the API server. */
const MARGIN_MS = 15_000;

export function webIdentityCredential(
  { audience, algorithm, region }: WebIdentity,
  onRefreshError: (error: unknown) => void,
): RefreshingCredential {
  // Loaded at once, while the connection is made.
  const loading = loadRequest({ audience, algorithm, region });
  const call: AwsCall = {
    subject: `AWS STS did not issue a web identity token for the audience ${audience}`,
    service: 'STS',
    region,
    permission: `sts:GetWebIdentityToken for this audience, ${algorithm} and ${WEB_IDENTITY_SECONDS} seconds`,
    endpoint: 'sts',
    remedies: {
      OutboundWebIdentityFederationDisabledException:
        'outbound web identity federation is disabled in this AWS account; enable it once with `aws iam enable-outbound-web-identity-federation`',
    },
  };

  async function obtain(): Promise<ObtainedToken> {
    const requestedAt = Date.now();
    try {
      const request = await loading;
      const token = await request(WEB_IDENTITY_SECONDS).catch((error: Error) => {
        if (error.name === 'SessionDurationEscalationException') return request(MIN_SECONDS);
        throw error;
      });
      return withTimes(token, requestedAt);
    } catch (error) {
      throw awsFailure(error, call);
    }
  }

  // Known before the first token: no annotation may request a pod token for this audience.
  return new RefreshingCredential({ obtain, audiences: [audience], onRefreshError });
}

type Request = (seconds: number) => Promise<string>;

async function loadRequest({ audience, algorithm, region }: WebIdentity): Promise<Request> {
  const credentials = credentialsToSign();
  if (!credentials) {
    const { GetWebIdentityTokenCommand, STSClient } = await import('./sdk/sts.ts');
    const client = new STSClient({ region, ...requestClientConfig });
    return async (DurationSeconds) => {
      const input = { Audience: [audience], SigningAlgorithm: algorithm, DurationSeconds };
      return (await client.send(new GetWebIdentityTokenCommand(input))).WebIdentityToken ?? '';
    };
  }
  const { post } = await import('./sdk/signed-request.ts');
  return async (seconds) => {
    const form = {
      Action: 'GetWebIdentityToken',
      Version: '2011-06-15',
      'Audience.member.1': audience,
      DurationSeconds: String(seconds),
      SigningAlgorithm: algorithm,
    };
    const request = {
      service: 'sts',
      region,
      endpointVariable: 'AWS_ENDPOINT_URL_STS',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    } as const;
    const answer = await post(request, credentials);
    return /<WebIdentityToken>([^<]*)</.exec(answer)?.[1] ?? '';
  };
}

/** The lifetime counts from the request, because the clock of STS may differ from this one. */
function withTimes(token: string, requestedAt: number): ObtainedToken {
  const { iat, exp } = claimsOf(token) ?? {};
  if (iat === undefined || exp === undefined || exp <= iat)
    throw new CwiiError('credential-unreadable', 'the answer of AWS STS is not a web identity token');
  const lifetime = (exp - iat) * 1000;
  return {
    token,
    refreshAt: requestedAt + (lifetime * 2) / 3,
    expiresAt: requestedAt + lifetime - MARGIN_MS,
  };
}
