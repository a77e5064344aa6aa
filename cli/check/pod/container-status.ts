// The parts of a pod's status that the kubelet writes, as far as the checks need them.

import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import type { NamespacedName } from '../../namespaced-name.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import type { CheckContext } from '../context.ts';

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly terminated?: Terminated;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

export interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
}

export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly qosClass?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export function statusOf(pod: Manifest | undefined): PodStatus {
  return (pod?.['status'] ?? {}) as PodStatus;
}

/** How the container ended, now or before its last restart. */
export function endOf({ state, lastState }: ContainerStatus): Terminated | undefined {
  return state?.terminated ?? lastState?.terminated;
}

/** The container used more memory than its limit, or than the node had. */
export function isOutOfMemory({ reason }: Terminated): boolean {
  return reason === 'OOMKilled';
}

const TAIL = 500;

/** Undefined if there is none, or the kubelet does not answer. */
export async function logOf(
  { kube }: CheckContext,
  pod: NamespacedName,
  container: string,
  previous = false,
): Promise<string | undefined> {
  const query = new URLSearchParams({ container, tailLines: String(TAIL), previous: String(previous) });
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log?${query}`;
  const { status, text } = await kube.send(path, { accept: '*/*' });
  if (status === 401 || status === 403) throw KubeApiError.answered(`GET ${path}`, { status, text });
  return status === 200 ? text : undefined;
}
