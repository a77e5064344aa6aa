// gcloud's configuration directory, for containers that cannot write to their home directory.

import type { Pod } from '../kubernetes/pod.ts';
import type { MutateSettings } from '../settings/webhook-config.ts';
import { literal, type ProviderPlan, type StateDirectory } from './plan.ts';

export const configDirectory: StateDirectory = {
  inHome: '.config/gcloud',
  variable: 'CLOUDSDK_CONFIG',
  // gcloud keeps its logs for 30 days, which would fill the volume.
  further: [literal('CLOUDSDK_CORE_DISABLE_FILE_LOGGING', '1')],
  volume: 'cwii-gcp-config',
};

/**
 * In memory, because gcloud keeps access tokens there, and because the cluster autoscaler does not remove a
 * pod with an emptyDir on the node's disk. A full volume in memory is an error of the program; the kubelet
 * evicts a pod for a full one on disk.
 */
const SOURCE = { emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } };

/** Windows has no read-only root file system. */
export function planConfigDirectory(
  { windows }: Pick<Pod, 'windows'>,
  { mountRoot }: Pick<MutateSettings, 'mountRoot'>,
): Pick<ProviderPlan, 'stateDirectory'> {
  if (windows) return {};
  const name = configDirectory.volume;
  const mount = { name, mountPath: `${mountRoot}/gcp-config` };
  return { stateDirectory: { ...configDirectory, source: { name, ...SOURCE }, mount } };
}
