// Runs one check for every identity of a cloud, with the token that a pod would present.

import type { Identity } from '../../trust/identities.ts';
import { type Outcome, skipped } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import type { Target } from './targets.ts';
import { type IssuedToken, identitiesOf, tokenStore } from './tokens.ts';

type Of<C extends Identity['cloud']> = Extract<Identity, { readonly cloud: C }>;

/** One exchange of a token for an identity. */
export interface Exchange<I extends Identity> {
  readonly context: CheckContext;
  readonly target: Target;
  readonly identity: I;
  readonly token: IssuedToken;
  /** The name of the object in the report. */
  readonly subject: string;
  /** Ends before the check does, so that the report has the reason of a refusal as far as it is known. */
  readonly signal: AbortSignal;
}

/** The limit of a check: after a refusal, the issuer and the account are read too. */
export const TRUST_MS = 30_000;

/** As in the reason why nothing is checked. */
const kinds: Readonly<Record<Identity['cloud'], string>> = {
  aws: 'identity of AWS',
  azure: 'identity of Azure',
  gcp: 'identity of GCP',
  service: 'token of a service',
};

export async function eachIdentity<C extends Identity['cloud']>(
  context: CheckContext,
  targets: Fact<readonly Target[]>,
  cloud: C,
  exchange: (exchange: Exchange<Of<C>>) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const [store, found] = await Promise.all([context.fact(tokenStore), context.fact(targets)]);
  const wanted = found.flatMap((target) => {
    const identities = identitiesOf(target).filter((identity): identity is Of<C> => identity.cloud === cloud);
    return identities.map((identity) => ({
      target,
      identity,
      subject: subjectOf(target, identity, identities.length),
    }));
  });
  if (wanted.length === 0) return [skipped(`no ${kinds[cloud]} is requested`)];
  const signal = context.limits.signalFor(TRUST_MS);
  return Promise.all(
    wanted.map(async (one) => {
      const { token } = { token: undefined, ...(await store.of(one.target, one.identity)) };
      return token ? exchange({ ...one, context, token, signal }) : skipped('it needs trust-token', one.subject);
    }),
  );
}

function subjectOf({ label }: Target, identity: Identity, count: number): string {
  if (identity.cloud === 'service') return `${label}, ${identity.title}`;
  return count > 1 && identity.cloud === 'aws' ? `${label}, ${identity.roleArn}` : label;
}
