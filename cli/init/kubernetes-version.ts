// Says what the Kubernetes version of a new cluster means for cwii.

import { authenticationApiVersion, NEWEST_MINOR, OLDEST_MINOR } from '../../cluster-file/kubernetes-version.ts';
import { note, warn } from '../report.ts';

/** @param minor the minor version of 1.x; undefined if it is unknown. */
export function explainVersion(minor: number | undefined): void {
  const tested = `1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`;
  if (minor === undefined) {
    note(`the Kubernetes version could not be read, so the files of cwii manifests will be for ${tested}`);
    return;
  }
  if (minor < OLDEST_MINOR)
    warn(
      'kubernetes-untested',
      `the cluster runs Kubernetes 1.${minor}; cwii is tested with ${tested}; upgrade the cluster`,
    );
  else if (minor > NEWEST_MINOR)
    warn(
      'kubernetes-untested',
      `the cluster runs Kubernetes 1.${minor}; cwii is tested with ${tested}; look for a newer cwii`,
    );
  else if (authenticationApiVersion(`1.${minor}`) === 'v1beta1')
    note(
      `Kubernetes 1.${minor} reads the AuthenticationConfiguration only as v1beta1, which cwii manifests will write; after an upgrade to 1.34, change kubernetesVersion in the file${minor === 30 ? '; kubeadm.yaml is for kubeadm 1.31 and newer, and says what to do before' : ''}`,
    );
}
