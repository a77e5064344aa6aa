// The API server's flags that cwii needs, and how an issuer is changed under a running cluster.

import { DIRECTORY } from './names.ts';

export const AUTHENTICATION_CONFIGURATION = 'authentication-configuration.yaml';
export const ADMISSION_CONFIGURATION = 'admission-configuration.yaml';

/** In the first the API servers learn the new issuer, in the second they make its tokens. */
export const issuerRounds = ['first', 'second'] as const;
export type IssuerRound = (typeof issuerRounds)[number];

/** From the issuer that a cluster has to the one that clouds can reach. */
export interface IssuerChange {
  readonly issuer: string;
  /** Issuers whose tokens are still in use. */
  readonly oldIssuers: readonly string[];
  /** What `--api-audiences` is today, or would be by default: the issuers. */
  readonly oldAudiences: readonly string[];
  /** Further audiences of the API server, from cwii.yaml. */
  readonly audiences: readonly string[];
  readonly round: IssuerRound;
}

export interface FlagNeeds {
  readonly authentication: boolean;
  readonly admission: boolean;
  readonly issuer?: IssuerChange | undefined;
}

export type Flag = readonly [name: string, value: string];

export function apiServerFlags({ authentication, admission, issuer }: FlagNeeds): readonly Flag[] {
  return [
    ...(authentication ? [['authentication-config', `${DIRECTORY}/${AUTHENTICATION_CONFIGURATION}`] as const] : []),
    ...(admission ? [['admission-control-config-file', `${DIRECTORY}/${ADMISSION_CONFIGURATION}`] as const] : []),
    ...(issuer ? issuerFlags(issuer) : []),
  ];
}

/**
 * The flags of ServiceAccount tokens.
 *
 * The first issuer makes tokens, and all are accepted; tokens that were made before live for up to a year. An API
 * server that knows only the old issuer refuses tokens of the new one, so that where there are several, all of them
 * learn it, in the first round, before one makes such tokens, in the second. In the first the discovery document is still
 * that of the old issuer, and nothing is published yet where the new one's keys will be.
 *
 * Without `--api-audiences` the API server takes the issuers; written out, a token's audience outlives its issuer.
 * Tokens from Secrets have neither audience nor issuer of this kind (`kubernetes/serviceaccount`) and stay valid.
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
