// Checks that the kubelet runs the pod and the containers that cwii adds.

import { isObject } from '../../../lib/common/json.ts';
import type { NamespacedName } from '../../namespaced-name.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import { type Check, failed, type Outcome, warning } from '../check.ts';
import { type ContainerStatus, endOf, isOutOfMemory, type PodStatus, statusOf } from './container-status.ts';
import type { PodFacts } from './facts.ts';

/** The reasons of a kubelet that has not the resources for a pod, or needs them for another one. */
const WITHOUT_RESOURCES = /^(Evicted|OutOf\w+|Preempting|UnexpectedAdmissionError)$/;

/** A container that waits with one of these reasons will start. */
const STARTING: readonly string[] = ['PodInitializing', 'ContainerCreating'];

export function runs({ pod, name }: PodFacts): Check {
  return {
    code: 'pod-runs',
    needs: ['pod-found'],
    run: async (context) => {
      const manifest = await context.fact(pod);
      const status = statusOf(manifest);
      const { initContainerStatuses = [], containerStatuses = [] } = status;
      const added = [...initContainerStatuses, ...containerStatuses].filter((one) => one.name.startsWith('cwii-'));
      return [...judgePod(status, name), ...added.flatMap((one) => judgeContainer(one, manifest, name))];
    },
  };
}

function judgePod({ phase, reason = '', message, qosClass, conditions = [] }: PodStatus, pod: NamespacedName) {
  if (phase === 'Failed' && WITHOUT_RESOURCES.test(reason))
    return [
      warning(
        `the kubelet ended it: ${reason}${message ? `: ${message.trim()}` : ''}${qosClass ? ` (QoS class ${qosClass})` : ''}`,
        'set requests on the containers of the workload: cwii leaves a pod in its QoS class',
      ),
    ];
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (!unscheduled) return [];
  return [
    warning(
      `no node takes it: ${unscheduled.message ?? unscheduled.reason ?? 'without a reason'}`,
      `\`kubectl describe pod ${pod.name} -n ${pod.namespace}\`; docs/annotations.md has the requests of the containers that cwii adds`,
    ),
  ];
}

function judgeContainer(status: ContainerStatus, manifest: Manifest | undefined, pod: NamespacedName): Outcome[] {
  const { name, state } = status;
  const end = endOf(status);
  if (end && isOutOfMemory(end)) {
    const limit = memoryLimitOf(name, manifest);
    return [
      failed(
        `container ${name} was killed, because it used more memory than ${limit === undefined ? 'the node or the pod has' : `its limit of ${limit}`}`,
        limit === undefined
          ? 'raise the memory limit of the pod, or set a smaller image'
          : 'set a smaller image, and see whether another webhook or a LimitRange lowered the limit',
      ),
    ];
  }
  const { reason, message } = state?.waiting ?? {};
  if (reason === undefined || STARTING.includes(reason) || end) return [];
  return [
    failed(
      `container ${name} does not start: ${reason}${message ? `: ${message.trim()}` : ''}`,
      reason.includes('Image')
        ? 'set an image that the node can pull, or correct the pull secrets (docs/configuration.md has the settings)'
        : `\`kubectl describe pod ${pod.name} -n ${pod.namespace}\` has the events of the runtime`,
    ),
  ];
}

function memoryLimitOf(container: string, manifest: Manifest | undefined): string | undefined {
  const spec = (manifest?.['spec'] ?? {}) as Readonly<Record<'initContainers' | 'containers', unknown>>;
  const all = [spec.initContainers, spec.containers].flatMap((list) => (Array.isArray(list) ? list : []));
  const found = all.find((one) => isObject(one) && one['name'] === container);
  const limits = (found as { resources?: { limits?: { memory?: string } } } | undefined)?.resources?.limits;
  return limits?.memory;
}
