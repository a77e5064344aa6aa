// Checks that the function can verify the API server's certificate with the CA of cwii.yaml.

import { connectionFailure } from '../../../lib/cluster/http/status.ts';
import { type Check, failed, passed, skipped } from '../check.ts';
import { requireCluster } from '../context.ts';

export const apiCa: Check = {
  code: 'cluster-ca',
  needs: ['cluster-context'],
  run: async ({ cluster, web }, signal) => {
    requireCluster(cluster);
    const { url, ca } = cluster.api;
    try {
      // Any answer will do: the connection has verified the certificate. No credential is sent.
      await web.send(new URL('version', withSlash(url)), { ca, publicRootsOnly: ca === undefined, signal });
      return passed();
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (!(error instanceof Error) || code === '') throw error;
      if (connectionFailure(code) === 'unreachable')
        return skipped(`${url} cannot be reached from here (${code}); the function may reach it`);
      const roots = ca === undefined ? 'the public roots (cwii.yaml has no api.ca)' : 'api.ca in cwii.yaml';
      return failed(
        `the certificate of ${url} cannot be verified with ${roots}: ${message}`,
        'write the CA of `kubectl config view --raw --minify` into api.ca, and a name of the certificate into api.url; then deploy',
      );
    }
  },
};

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
