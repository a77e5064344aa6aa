// Refuses to write files that the cluster of cwii.yaml is too old for.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { isOlderThan, type VersionedPart, versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { CwiiError } from '../../lib/common/errors.ts';

/**
 * @param option such as `--static`.
 * @param effect the effect of the files on an older cluster, if they have one.
 * @throws {CwiiError} `manifest-input-invalid`. A version that cwii.yaml does not have is not checked.
 */
export function requireVersion(
  { name, kubernetesVersion }: Cluster,
  part: VersionedPart,
  option: string,
  effect = '',
): void {
  if (!isOlderThan(kubernetesVersion, part)) return;
  throw new CwiiError(
    'manifest-input-invalid',
    `${option} needs Kubernetes 1.${versionNeeds[part].minor}, but kubernetesVersion of cluster ${name} is ${kubernetesVersion}${effect}; run the command without ${option}, or upgrade the cluster and change kubernetesVersion`,
  );
}
