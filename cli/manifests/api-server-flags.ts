// The API server's flags that cwii needs, and how an issuer is changed under a running cluster.

import { DIRECTORY } from './names.ts';

export const AUTHENTICATION_CONFIGURATION = 'authentication-configuration.yaml';
export const ADMISSION_CONFIGURATION = 'admission-configuration.yaml';

/** From the issuer that a cluster has to the one that clouds can reach. */
export interface IssuerChange {
  readonly issuer: string;
  /** Issuers whose tokens are still in use. */
  readonly oldIssuers: readonly string[];
  /** What `--api-audiences` is today, or would be by default: the issuers. */
  readonly oldAudiences: readonly string[];
  /** Further audiences of the API server, from cwii.yaml. */
  readonly audiences: readonly string[];
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
    ...(issuer ? issuerFlags(issuer, 'new') : []),
  ];
}

/**
 * The flags of ServiceAccount tokens.
 *
 * The first issuer makes tokens, and all are accepted; tokens that were made before live for up to a year. An API
 * server that knows only the old issuer refuses tokens of the new one, so that where there are several, all of them
 * learn it (`old` first) before one makes such tokens (`new` first).
 *
 * Without `--api-audiences` the API server takes the issuers; written out, a token's audience outlives its issuer.
 * Tokens from Secrets have neither audience nor issuer of this kind (`kubernetes/serviceaccount`) and stay valid.
 */
export function issuerFlags(change: IssuerChange, first: 'old' | 'new'): readonly Flag[] {
  const { issuer } = change;
  const old = change.oldIssuers.filter((other) => other !== issuer);
  const issuers = first === 'new' ? [issuer, ...old] : [...old, issuer];
  const audiences = [...new Set([...change.oldAudiences, ...change.audiences, issuer])];
  return [
    ...issuers.map((one) => ['service-account-issuer', one] as const),
    ['service-account-jwks-uri', `${issuer}/openid/v1/jwks`],
    ['api-audiences', audiences.join(',')],
  ];
}
