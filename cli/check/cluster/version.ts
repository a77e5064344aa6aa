// Checks that cwii supports the Kubernetes version of the API server, and that cwii.yaml has the right one.

import {
  authenticationApiVersion,
  minorOf,
  NEWEST_MINOR,
  OLDEST_MINOR,
  versionNeeds,
} from '../../../cluster-file/kubernetes-version.ts';
import { type Check, failed, type Outcome, passed, skipped, warning } from '../check.ts';
import { serverVersion } from './reachable.ts';

export const version: Check = {
  code: 'cluster-version',
  needs: ['cluster-reachable'],
  run: async (context) => {
    // Some distributions append a plus sign to the minor version.
    const { minor } = await context.fact(serverVersion);
    return judgeVersion(Number.parseInt(minor, 10), context.cluster);
  },
};

interface FileVersion {
  readonly kubernetesVersion?: string | undefined;
  readonly credential: { readonly webIdentity?: unknown };
}

export function judgeVersion(minor: number, cluster: FileVersion | undefined): Outcome {
  if (Number.isNaN(minor)) return skipped('the API server reports no minor version');
  const tested = `cwii is tested with 1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`;
  if (minor < OLDEST_MINOR) {
    const cause = `the API server is Kubernetes 1.${minor}; ${tested}`;
    const remedy = `upgrade the cluster to 1.${OLDEST_MINOR} or newer`;
    return cluster?.credential.webIdentity
      ? failed(
          `${cause}, and web identities need 1.${versionNeeds['web-identity'].minor}`,
          `${remedy}, or use the credential secret`,
        )
      : warning(cause, remedy);
  }
  if (minor > NEWEST_MINOR)
    return warning(`the API server is Kubernetes 1.${minor}; ${tested}`, 'look for a newer version of cwii');
  const { kubernetesVersion } = cluster ?? {};
  if (kubernetesVersion === undefined || minorOf(kubernetesVersion) <= minor) return passed();
  const cause = `cwii.yaml has kubernetesVersion "${kubernetesVersion}", the API server is 1.${minor}`;
  const remedy = `write kubernetesVersion: "1.${minor}" and run \`cwii manifests\` again`;
  const isUnreadable =
    cluster?.credential.webIdentity !== undefined &&
    authenticationApiVersion(kubernetesVersion) !== authenticationApiVersion(`1.${minor}`);
  return isUnreadable
    ? failed(`${cause}, which does not start with the AuthenticationConfiguration for that version`, remedy)
    : warning(cause, remedy);
}
