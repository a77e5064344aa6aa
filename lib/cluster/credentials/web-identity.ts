// Tokens of AWS STS that name the function's role and the function, for one cluster that trusts the account's issuer.

import { CwiiError } from '../../common/errors.ts';
import { type AwsCall, awsFailure, impatient } from './aws-call.ts';
import { type ObtainedToken, RenewingCredential } from './renewing.ts';
import { claimsOf } from './token-claims.ts';

export interface WebIdentity {
  readonly audience: string;
  readonly algorithm: 'ES384' | 'RS256';
  /** STS issues these tokens on its regional endpoints only. */
  readonly region: string;
}

/**
 * Lifetime that is asked for, in seconds. A quarter of an hour, as EKS' own tokens have: a stolen one is soon of no use,
 * STS may be away for five minutes without anybody noticing, and a sandbox asks it six times an hour.
 */
export const WEB_IDENTITY_SECONDS = 900;

/** Where the function's own session ends earlier than that: the least that STS gives. */
const SHORTEST_SECONDS = 60;

/** A token on its way must not expire before the API server looks at it. */
const MARGIN_MS = 15_000;

export function webIdentityCredential(
  { audience, algorithm, region }: WebIdentity,
  report: (error: unknown) => void,
): RenewingCredential {
  // Begun at once, so that it is there when the connection is.
  const asking = import('./sdk/sts.ts').then(({ GetWebIdentityTokenCommand, STSClient }) => {
    const client = new STSClient({ region, ...impatient });
    return (DurationSeconds: number) => {
      const input = { Audience: [audience], SigningAlgorithm: algorithm, DurationSeconds };
      return client.send(new GetWebIdentityTokenCommand(input));
    };
  });
  const call: AwsCall = {
    wanted: `AWS STS gives no web identity token for the audience ${audience}`,
    service: 'STS',
    region,
    permission: `sts:GetWebIdentityToken for this audience, ${algorithm} and ${WEB_IDENTITY_SECONDS} seconds`,
    endpoint: 'sts',
    remedies: {
      OutboundWebIdentityFederationDisabledException:
        'outbound web identity federation is off in this AWS account; switch it on once, by `aws iam enable-outbound-web-identity-federation`',
    },
  };

  async function obtain(): Promise<ObtainedToken> {
    const askedAt = Date.now();
    try {
      const ask = await asking;
      const { WebIdentityToken: token } = await ask(WEB_IDENTITY_SECONDS).catch((error: Error) => {
        if (error.name === 'SessionDurationEscalationException') return ask(SHORTEST_SECONDS);
        throw error;
      });
      return withTimes(token ?? '', askedAt);
    } catch (error) {
      throw awsFailure(error, call);
    }
  }

  // Known before there is a token: no annotation may choose this audience.
  return new RenewingCredential({ obtain, audiences: [audience], report });
}

/** Its lifetime counts from here: the clock of STS may be another than this one. */
function withTimes(token: string, askedAt: number): ObtainedToken {
  const { iat, exp } = claimsOf(token) ?? {};
  if (iat === undefined || exp === undefined || exp <= iat)
    throw new CwiiError('credential-unreadable', 'what AWS STS answered is no web identity token');
  const lifetime = (exp - iat) * 1000;
  return {
    token,
    renewAt: askedAt + (lifetime * 2) / 3,
    expiresAt: askedAt + lifetime - MARGIN_MS,
  };
}
