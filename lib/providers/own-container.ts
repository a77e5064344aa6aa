// The containers that cwii adds: "restricted" Pod Security, and no API token.

import type { Pod } from '../kubernetes/pod.ts';
import { parseQuantity, resourcesOf } from '../kubernetes/quality-of-service.ts';
import {
  type EnvVar,
  literal,
  OWN_CONTAINER_MOUNT,
  type OwnContainer,
  type OwnContainerPlan,
  type Volume,
  type VolumeMount,
} from './plan.ts';

/** distroless' user "nonroot", for pods whose containers do not share a uid other than root. */
const NONROOT_UID = 65532;

const WRITABLE_PATH = '/tmp';

// The ServiceAccount plugin runs again after webhooks and mounts the API token in every container that has no
// mount at its path. Without a volume there, an image that an annotation chose would get the API token.
const NO_API_TOKEN: Volume = { name: OWN_CONTAINER_MOUNT.name, emptyDir: { sizeLimit: '1Mi' } };

/** The work of a container that cwii adds. */
export interface Task {
  readonly role: OwnContainerPlan['role'];
  readonly name: string;
  readonly image: string;
  /** A shell script. Kubernetes expands `$(NAME)` in it only if a variable NAME exists. */
  readonly script: string;
  readonly env: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
  readonly resources: { readonly cpuLimit: string; readonly memoryRequest: string; readonly memoryLimit: string };
}

export function planContainer(task: Task, { raw, sharedUid }: Pick<Pod, 'raw' | 'sharedUid'>): OwnContainerPlan {
  // One volume for each container: the next image must not read what a tool leaves in its home directory.
  const scratch: Volume = { name: `${task.name}-scratch`, emptyDir: { sizeLimit: '64Mi' } };
  const container: OwnContainer = {
    name: task.name,
    image: task.image,
    command: ['sh', '-c', task.script],
    env: [...task.env, literal('HOME', WRITABLE_PATH)],
    ...planResources(task, raw),
    volumeMounts: [...task.mounts, OWN_CONTAINER_MOUNT, { name: scratch.name, mountPath: WRITABLE_PATH }],
    securityContext: {
      runAsNonRoot: true,
      // A uid other than the pod's would make the kubelet widen the token files to mode 0644.
      runAsUser: sharedUid || NONROOT_UID,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
  return { role: task.role, container, volumes: [NO_API_TOKEN, scratch] };
}

/** Less CPU than this would make the tools of the clouds exceed their timeouts. */
const LEAST_CPU = 0.1;

/** Resources that leave the pod in its QoS class. */
function planResources({ resources }: Task, pod: unknown): { readonly resources?: object } {
  const { qosClass, podLevel, cpuLimit } = resourcesOf(pod);
  // With pod-level resources, a container without any shares those of the pod.
  if (podLevel || qosClass === 'BestEffort') return {};
  const memory = resources.memoryLimit;
  if (qosClass === 'Guaranteed') {
    // Not more CPU than the pod has anyway: the scheduler and quotas count the request of an init container.
    const cpus = Math.max(cpuLimit, LEAST_CPU);
    const cpu = cpus < parseQuantity(resources.cpuLimit) ? `${Math.ceil(cpus * 1000)}m` : resources.cpuLimit;
    return { resources: { requests: { cpu, memory }, limits: { cpu, memory } } };
  }
  return {
    resources: {
      requests: { cpu: '10m', memory: resources.memoryRequest },
      limits: { cpu: resources.cpuLimit, memory },
    },
  };
}
