// Recognises custom resources whose operator creates workloads, so that their pods are in no template here.

import { isObject } from '../../lib/common/json.ts';
import { groupOf } from '../../lib/kubernetes/objects.ts';
import type { PlacedManifest } from './manifest-files.ts';

/** Kinds whose objects can be so short that nothing in them looks like a pod. */
const known = new Set(
  ['Prometheus', 'PrometheusAgent', 'Alertmanager', 'ThanosRuler'].map((kind) => `monitoring.coreos.com/${kind}`),
);

/** Fields with parts of a pod, in the specs of common operators. */
const POD_FIELDS = new Set(['podMetadata', 'podTemplate', 'podSpec']);
const MAX_DEPTH = 5;

export function createsPodsThroughOperator({ manifest }: Pick<PlacedManifest, 'manifest'>): boolean {
  const group = groupOf(manifest.apiVersion);
  if (known.has(`${group}/${manifest.kind}`)) return true;
  const { spec } = manifest;
  // A pod template is simulated, or reported on its own.
  return isCustom(group) && isObject(spec) && spec['template'] === undefined && hasPodParts(spec, MAX_DEPTH);
}

/** Groups of Kubernetes itself have no dot, or end in k8s.io. */
function isCustom(group: string): boolean {
  return group.includes('.') && !group.endsWith('.k8s.io');
}

function hasPodParts(value: unknown, depth: number): boolean {
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.some((item) => hasPodParts(item, depth - 1));
  if (!isObject(value)) return false;
  return Object.entries(value).some(
    ([key, child]) =>
      POD_FIELDS.has(key) || (key === 'containers' && isContainerList(child)) || hasPodParts(child, depth - 1),
  );
}

function isContainerList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isObject(item) && typeof item['name'] === 'string')
  );
}
