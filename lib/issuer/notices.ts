// Warnings and notes for the operator of a successful run. Both are in the log and in the answer.

import type { Algorithm, PublicKey } from './public-key.ts';

export interface Notice {
  readonly code: NoticeCode;
  readonly message: string;
}

/** Stable, as error codes are. */
type NoticeCode =
  | 'cluster-unreadable'
  | 'dropped-key-in-cluster'
  | 'key-evicted'
  | 'key-not-for-all-clouds'
  | 'key-replaced'
  | 'key-set-changed-by-others'
  | 'state-missing';

export function clusterUnreadable(why: string): Notice {
  return {
    code: 'cluster-unreadable',
    message: `the command was applied to the keys that the cluster published last, because the cluster could not be read: ${why}`,
  };
}

/** @param state where the function would keep its state. */
export function stateMissing(state: string, unreadableKeySet?: string): Notice {
  const unreadable = unreadableKeySet === undefined ? '' : `; the key set ${unreadableKeySet} was unreadable`;
  return {
    code: 'state-missing',
    message: `the key set exists, but ${state} does not; drop again the keys that were dropped before${unreadable}`,
  };
}

export function keySetChangedByOthers(place: string): Notice {
  return {
    code: 'key-set-changed-by-others',
    message: `${place} differed from what the last run wrote, and was written again. Unless that run was interrupted, or cwii was updated since, find out who else writes there: anyone who can do so can impersonate every identity that trusts this issuer`,
  };
}

export function droppedKeyInCluster({ kid }: PublicKey): Notice {
  return {
    code: 'dropped-key-in-cluster',
    message: `${kid} was dropped and is not served, but the cluster still publishes it: clouds reject the tokens that it signs, but the API server accepts them. Remove it from --service-account-key-file and --service-account-signing-key-file of every API server`,
  };
}

export function keyReplaced({ kid }: PublicKey): Notice {
  return {
    code: 'key-replaced',
    message: `${kid} is now the ID of another key, and its former key is no longer served; give every key its own ID`,
  };
}

export function keyEvicted({ kid, kty }: PublicKey, maxKeys: number): Notice {
  return {
    code: 'key-evicted',
    message: `${kid} was removed before the end of its grace period, because AWS accepts at most ${maxKeys} ${kty} keys; rotate less often, or shorten the grace period`,
  };
}

export type CloudName = 'AWS' | 'Azure' | 'GCP';

/** The algorithms that each cloud lists in its documentation of federation with an OIDC issuer. */
const acceptedAlgorithms: Readonly<Record<CloudName, readonly Algorithm[]>> = {
  AWS: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
  Azure: ['RS256'],
  GCP: ['RS256', 'ES256'],
};

/** The clouds that reject tokens with this algorithm. */
export function cloudsRejecting(algorithm: string): CloudName[] {
  const clouds = Object.entries(acceptedAlgorithms) as [CloudName, readonly string[]][];
  return clouds.flatMap(([cloud, accepted]) => (accepted.includes(algorithm) ? [] : cloud));
}

/**
 * A note for each key that some cloud does not accept. The key is served nevertheless, because the function
 * does not know which clouds the cluster uses.
 */
export function keysNotForAllClouds(keys: readonly PublicKey[]): Notice[] {
  return keys.flatMap(({ kid, alg }) => {
    const clouds = cloudsRejecting(alg);
    if (clouds.length === 0) return [];
    const message = `${clouds.join(' and ')} will reject tokens that ${kid} signs, because they are ${alg}; all clouds accept an RSA key (RS256)`;
    return { code: 'key-not-for-all-clouds', message };
  });
}
