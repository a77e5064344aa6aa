// Containers of cwii's own: safe guests in anybody's pod, under the Pod Security Standard "restricted".

import {
  type EnvVar,
  literal,
  OWN_CONTAINER_MOUNT,
  type OwnContainer,
  type OwnContainerPlan,
  type Volume,
  type VolumeMount,
} from '../injection/plan.ts';
import type { PodFacts } from './provider.ts';

/** distroless' "nonroot", for pods whose containers do not share a uid that is not root. */
const NONROOT_UID = 65532;

const WRITABLE_PATH = '/tmp';

// The ServiceAccount plugin runs again after webhooks and mounts the API token wherever nothing is mounted at its
// path: without a volume of our own there, an image that an annotation chose would be handed the API token.
const NO_API_TOKEN: Volume = { name: OWN_CONTAINER_MOUNT.name, emptyDir: { sizeLimit: '1Mi' } };

/** What a container of cwii's own is to do. */
export interface Task {
  readonly role: OwnContainerPlan['role'];
  readonly name: string;
  readonly image: string;
  /** A shell script. Kubernetes expands `$(NAME)` in it only where a variable NAME exists. */
  readonly script: string;
  readonly env: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
  readonly resources: { readonly cpuLimit: string; readonly memoryRequest: string; readonly memoryLimit: string };
  /** Volumes that only this container needs. */
  readonly volumes: readonly Volume[];
}

export function planContainer(task: Task, pod: PodFacts): OwnContainerPlan {
  // One for each container: what a tool leaves in its home is not for the next one's image to read.
  const scratch: Volume = { name: `${task.name}-scratch`, emptyDir: { sizeLimit: '64Mi' } };
  const container: OwnContainer = {
    name: task.name,
    image: task.image,
    command: ['sh', '-c', task.script],
    env: [...task.env, literal('HOME', WRITABLE_PATH)],
    resources: {
      requests: { cpu: '10m', memory: task.resources.memoryRequest },
      limits: { cpu: task.resources.cpuLimit, memory: task.resources.memoryLimit },
    },
    volumeMounts: [...task.mounts, OWN_CONTAINER_MOUNT, { name: scratch.name, mountPath: WRITABLE_PATH }],
    securityContext: {
      runAsNonRoot: true,
      // A uid other than the pod's would make the kubelet widen the token files to 0644.
      runAsUser: pod.sharedUid || NONROOT_UID,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
  return { role: task.role, container, volumes: [...task.volumes, NO_API_TOKEN, scratch] };
}
