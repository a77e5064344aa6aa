// The QoS class of a pod, as the API server computes it for its status.

import { fieldOf } from '../common/json.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** The resources of a pod's containers, as far as they decide on its QoS class. */
export interface PodResources {
  readonly qosClass: QosClass;
  /** The pod has resources of its own, which decide on its class in place of those of its containers. */
  readonly podLevel: boolean;
  /** The sum of the CPU limits of the containers that run at the same time, in CPUs. */
  readonly cpuLimit: number;
}

/** Only these resources decide on the class. */
const NAMES = ['cpu', 'memory'];

/**
 * Kubernetes, `qos.ComputePodQOS`. A request that is not set equals its limit: the API server fills it in.
 *
 * @param pod the raw pod.
 */
export function resourcesOf(pod: unknown): PodResources {
  const spec = fieldOf(pod, 'spec');
  const containers = [...listOf(spec, 'containers'), ...listOf(spec, 'initContainers')];
  const podLevel = [...amountsOf(spec, 'requests'), ...amountsOf(spec, 'limits')].length > 0;
  const concurrent = [...listOf(spec, 'containers'), ...listOf(spec, 'initContainers').filter(isSidecar)];
  return {
    qosClass: classOf(podLevel ? [spec] : containers),
    podLevel,
    cpuLimit: concurrent.reduce<number>((sum, one) => sum + (amountsOf(one, 'limits').get('cpu') ?? 0), 0),
  };
}

function classOf(holders: readonly unknown[]): QosClass {
  const resources = holders.map((holder) => ({
    requests: amountsOf(holder, 'requests'),
    limits: amountsOf(holder, 'limits'),
  }));
  if (resources.every(({ requests, limits }) => requests.size === 0 && limits.size === 0)) return 'BestEffort';
  const isGuaranteed = resources.every(({ requests, limits }) =>
    NAMES.every((name) => limits.has(name) && (requests.get(name) ?? limits.get(name)) === limits.get(name)),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

/** The amounts of CPU and memory that are not zero. */
function amountsOf(holder: unknown, kind: 'requests' | 'limits'): Map<string, number> {
  const quantities = fieldOf(fieldOf(holder, 'resources'), kind);
  const amounts = NAMES.map((name) => [name, parseQuantity(fieldOf(quantities, name))] as const);
  return new Map(amounts.filter(([, amount]) => amount > 0));
}

/** Each is a thousand of the one before, with `i` 1024 of it. The unit at index 3 is 1. */
const UNITS = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/** A quantity of the Kubernetes API as a number; 0 if it is not one. Manifests may have numbers too. */
export function parseQuantity(quantity: unknown): number {
  const text = typeof quantity === 'number' ? String(quantity) : quantity;
  if (typeof text !== 'string') return 0;
  const [, digits, unit = '', binary] = /^([+-]?[\d.]{1,40}(?:[eE][+-]?\d{1,3})?)([a-zA-Z]?)(i?)$/.exec(text) ?? [];
  const index = UNITS.indexOf(unit === 'K' ? 'k' : unit);
  return index < 0 ? 0 : Number(digits) * (binary ? 1024 : 1000) ** (index - 3) || 0;
}

function isSidecar(container: unknown): boolean {
  return fieldOf(container, 'restartPolicy') === 'Always';
}

function listOf(holder: unknown, name: string): readonly unknown[] {
  const list = fieldOf(holder, name);
  return Array.isArray(list) ? list : [];
}
