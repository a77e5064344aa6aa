// The QoS class of a pod, as the API server computes it for its status.

import { isObject } from '../common/json.ts';

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

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of the Kubernetes API as a number; 0 if it is not one. Manifests may have numbers too. */
export function parseQuantity(quantity: unknown): number {
  const text = typeof quantity === 'number' ? String(quantity) : quantity;
  if (typeof text !== 'string') return 0;
  const [, digits = '', suffix = ''] = /^([+-]?[\d.]{1,40}(?:[eE][+-]?\d{1,3})?)([a-zA-Z]{0,2})$/.exec(text) ?? [];
  return digits === '' ? 0 : (Number(digits) || 0) * (SUFFIXES[suffix] ?? 0);
}

function isSidecar(container: unknown): boolean {
  return fieldOf(container, 'restartPolicy') === 'Always';
}

function listOf(holder: unknown, name: string): readonly unknown[] {
  const list = fieldOf(holder, name);
  return Array.isArray(list) ? list : [];
}

function fieldOf(holder: unknown, name: string): unknown {
  return isObject(holder) ? holder[name] : undefined;
}
