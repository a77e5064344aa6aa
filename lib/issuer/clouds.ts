// With which signatures each cloud takes a token of a cluster. A key that one of them does not take is served all
// the same: which clouds a cluster uses is not known here.

import type { Notice } from './notice.ts';
import type { Algorithm, PublicKey } from './public-key.ts';

/** What each of the clouds names in its documentation of federation with an OIDC issuer. */
const accepted: Readonly<Record<'AWS' | 'Azure' | 'GCP', readonly Algorithm[]>> = {
  AWS: ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'],
  Azure: ['RS256'],
  GCP: ['RS256', 'ES256'],
};

/** One for each of the cluster's keys that some cloud does not take. */
export function noticesOfClouds(keys: readonly PublicKey[]): Notice[] {
  return keys.flatMap(({ kid, alg }) => {
    const clouds = Object.entries(accepted).flatMap(([cloud, algorithms]) => (algorithms.includes(alg) ? [] : cloud));
    if (clouds.length === 0) return [];
    const message = `${clouds.join(' and ')} will not take tokens that ${kid} signs, because they are ${alg}; an RSA key (RS256) serves all clouds`;
    return { code: 'key-not-for-all-clouds', message };
  });
}
