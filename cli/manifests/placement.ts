// What has to reach the control-plane nodes of a cluster, whatever its distribution.

import type { Flag, FlagNeeds } from './api-server-flags.ts';

export interface Placement extends FlagNeeds {
  /** The files for the API server, by name: their text. The caller's token is not among them. */
  readonly files: Readonly<Record<string, string>>;
}

/** Why the issuers stand in this order, for whoever looks at a snippet. */
const ISSUER_ORDER =
  'The first issuer makes tokens, all are accepted: pods keep running with the tokens they have. So the second must be the one that the cluster has today (`kubectl get --raw /.well-known/openid-configuration`), or every running pod is refused by the API at once. Where you have flags of these names already, name their values by --old-issuer and --api-audience, and put these in their place. With several API servers go through them twice: first with what --issuer-round first writes, then, when all know both, as it stands here.';

const FIRST_ROUND =
  'The first of two rounds: the old issuer still makes tokens, and the new one is accepted already. So the first must be the one that the cluster has today (`kubectl get --raw /.well-known/openid-configuration`), or every running pod is refused by the API at once. When all API servers run with this, go through them again with what --issuer-round second writes.';

/** The first of several issuers among the flags, and what there is to say of it. */
export function issuerComment(
  flags: readonly Flag[],
  { issuer }: FlagNeeds,
): { readonly index: number; readonly text: string } | undefined {
  const isIssuer = ([name]: Flag) => name === 'service-account-issuer';
  return flags.filter(isIssuer).length > 1
    ? { index: flags.findIndex(isIssuer), text: issuer?.round === 'first' ? FIRST_ROUND : ISSUER_ORDER }
    : undefined;
}
