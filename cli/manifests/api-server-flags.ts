// The API server's flags that cwii needs, including those that change the issuer of a running cluster.

import { type AdmissionNeeds, admissionPlugins } from './admission-configuration.ts';
import { DIRECTORY } from './names.ts';

export const AUTHENTICATION_CONFIGURATION = 'authentication-configuration.yaml';
export const ADMISSION_CONFIGURATION = 'admission-configuration.yaml';

/** In the first round the API servers learn to accept the new issuer. In the second they issue its tokens. */
export const issuerRounds = ['first', 'second'] as const;
export type IssuerRound = (typeof issuerRounds)[number];

/** The change from the cluster's current issuer to the one that cwii publishes. */
export interface IssuerChange {
  readonly issuer: string;
  /** Issuers whose tokens are still in use. */
  readonly oldIssuers: readonly string[];
  /** The current `--api-audiences`; without the flag these are the issuers. */
  readonly oldAudiences: readonly string[];
  /** Further audiences of the API server, from cwii.yaml. */
  readonly audiences: readonly string[];
  readonly round: IssuerRound;
}

export interface FlagNeeds {
  readonly authentication: boolean;
  readonly admission: AdmissionNeeds;
  readonly issuer?: IssuerChange | undefined;
}

/** The settings of the snippet for a distribution. */
export interface SnippetInput extends FlagNeeds {
  /** The texts of the files for the API server by name, without the caller's token. */
  readonly files: Readonly<Record<string, string>>;
}

/** Whether the API server needs an AdmissionConfiguration. */
export function hasAdmission(needs: AdmissionNeeds): boolean {
  return admissionPlugins(needs).length > 0;
}

export type Flag = readonly [name: string, value: string];

export function apiServerFlags({ authentication, admission, issuer }: FlagNeeds): readonly Flag[] {
  return [
    ...(authentication ? [['authentication-config', `${DIRECTORY}/${AUTHENTICATION_CONFIGURATION}`] as const] : []),
    ...(hasAdmission(admission)
      ? [['admission-control-config-file', `${DIRECTORY}/${ADMISSION_CONFIGURATION}`] as const]
      : []),
    ...(issuer ? issuerFlags(issuer) : []),
  ];
}

/**
 * The flags for ServiceAccount tokens.
 *
 * The API server issues tokens with the first issuer and accepts all of them. Existing tokens can live for up
 * to a year. An API server that knows only the old issuer rejects tokens of the new one. With several API
 * servers, all of them must therefore learn the new issuer in the first round before one issues its tokens in
 * the second. In the first round the discovery document still has the old issuer, and the keys of the new one
 * are not published yet.
 *
 * Without `--api-audiences` the audiences are the issuers. With the flag a token's audience stays valid when
 * its issuer changes. Tokens from Secrets have no audience and another issuer (`kubernetes/serviceaccount`),
 * and stay valid.
 */
function issuerFlags(change: IssuerChange): readonly Flag[] {
  const { issuer, round } = change;
  const old = change.oldIssuers.filter((other) => other !== issuer);
  const issuers = round === 'first' ? [...old, issuer] : [issuer, ...old];
  const audiences = [...new Set([...change.oldAudiences, ...change.audiences, issuer])];
  return [
    ...issuers.map((one) => ['service-account-issuer', one] as const),
    ...(round === 'first' ? [] : [['service-account-jwks-uri', `${issuer}/openid/v1/jwks`] as const]),
    ['api-audiences', audiences.join(',')],
  ];
}

const CURRENT_ISSUER_COMMAND = '`kubectl get --raw /.well-known/openid-configuration`';

const SECOND_ROUND_COMMENT = `The order matters: the API server issues tokens with the first issuer and accepts the tokens of all, so running pods keep working. The second issuer must be the cluster's current one (${CURRENT_ISSUER_COMMAND}); otherwise the API server rejects the tokens of all running pods at once. If you already have flags with these names, pass their values with --old-issuer and --api-audience, and replace them with these flags. With several API servers change them in two rounds: first with the output of --issuer-round first, then, when all of them run with it, with this file.`;

const FIRST_ROUND_COMMENT = `The first of two rounds: the API servers still issue tokens with the old issuer, but already accept the new one. The first issuer must be the cluster's current one (${CURRENT_ISSUER_COMMAND}); otherwise the API server rejects the tokens of all running pods at once. When all API servers run with this file, change them again with the output of --issuer-round second.`;

/** A comment for the first of several issuers among the flags; undefined if there are not several. */
export function issuerComment(
  flags: readonly Flag[],
  { issuer }: FlagNeeds,
): { readonly index: number; readonly text: string } | undefined {
  const isIssuer = ([name]: Flag) => name === 'service-account-issuer';
  return flags.filter(isIssuer).length > 1
    ? {
        index: flags.findIndex(isIssuer),
        text: issuer?.round === 'first' ? FIRST_ROUND_COMMENT : SECOND_ROUND_COMMENT,
      }
    : undefined;
}
