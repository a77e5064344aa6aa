// Tests the QoS class of pods and the value of quantities, against the API server's rules.

import { describe, expect, it } from 'vitest';
import { parseQuantity, type QosClass, resourcesOf } from '../../../lib/kubernetes/quality-of-service.ts';

const full = { limits: { cpu: '1', memory: '1Gi' } };
const container = (resources?: unknown, more: object = {}) => ({ name: 'c', resources, ...more });

describe('resourcesOf', () => {
  it.each<[what: string, spec: object, QosClass]>([
    ['without resources', { containers: [container()] }, 'BestEffort'],
    ['with empty resources', { containers: [container({ limits: {}, requests: null })] }, 'BestEffort'],
    ['with requests of zero', { containers: [container({ requests: { cpu: '0', memory: '0Mi' } })] }, 'BestEffort'],
    ['with other resources only', { containers: [container({ limits: { 'nvidia.com/gpu': '1' } })] }, 'BestEffort'],
    ['with one request', { containers: [container(), container({ requests: { cpu: '10m' } })] }, 'Burstable'],
    ['with one limit', { containers: [container({ limits: { cpu: '10m' } })] }, 'Burstable'],
    ['with all limits', { containers: [container(full)] }, 'Guaranteed'],
    [
      'with requests that equal the limits in another form',
      { containers: [container({ ...full, requests: { cpu: '1000m', memory: '1024Mi' } })] },
      'Guaranteed',
    ],
    ['with a lower request', { containers: [container({ ...full, requests: { memory: '512Mi' } })] }, 'Burstable'],
    [
      'with an init container without limits',
      { containers: [container(full)], initContainers: [container()] },
      'Burstable',
    ],
    ['with pod-level limits', { resources: full, containers: [container()] }, 'Guaranteed'],
    ['with a pod-level request', { resources: { requests: { cpu: '1' } }, containers: [container(full)] }, 'Burstable'],
    ['without containers', {}, 'BestEffort'],
  ])('says of a pod %s: %s %s', (_, spec, qosClass) => {
    expect(resourcesOf({ spec }).qosClass).toBe(qosClass);
  });

  it('adds the CPU limits of the containers that run at the same time', () => {
    const spec = {
      containers: [container({ limits: { cpu: '250m' } }), container({ limits: { cpu: '0.5' } })],
      initContainers: [
        container({ limits: { cpu: '4' } }),
        container({ limits: { cpu: 1 } }, { restartPolicy: 'Always' }),
      ],
    };

    expect(resourcesOf({ spec }).cpuLimit).toBe(1.75);
  });

  it.each([undefined, null, [], { spec: null }, { spec: { containers: [null, 'x'], resources: 'x' } }])(
    'takes %j as a pod without resources',
    (pod) => {
      expect(resourcesOf(pod)).toEqual({ qosClass: 'BestEffort', podLevel: false, cpuLimit: 0 });
    },
  );
});

describe('parseQuantity', () => {
  it.each<[unknown, number]>([
    ['1', 1],
    ['100m', 0.1],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1Gi', 2 ** 30],
    ['1G', 1e9],
    ['1e3', 1000],
    ['1E', 1e18],
    ['250u', 0.00025],
    [2, 2],
    ['0', 0],
    ['1.2.3', 0],
    ['1Zi', 0],
    ['1Ki', 1024],
    ['5n', 5e-9],
    ['1x', 0],
    ['', 0],
    ['much', 0],
    [null, 0],
    ['1'.repeat(3_000_000), 0],
  ])('reads %.20s as %d', (text, amount) => {
    expect(parseQuantity(text)).toBeCloseTo(amount, 12);
  });
});
