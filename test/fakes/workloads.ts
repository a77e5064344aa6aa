// Workloads, ServiceAccounts and Namespaces as users apply them, and their reviews.

import { type Review, reviewOf, roleArn } from './events.ts';
import type { Annotations } from './planning.ts';

export interface Applied {
  metadata: { name?: string; generateName?: string; [field: string]: unknown };
  spec?: Record<string, unknown>;
  [field: string]: unknown;
}

export const role: Annotations = { 'cwii.dev/aws-role-arn': roleArn };

/** A pod template without a ServiceAccount. */
export function templateOf(annotations: Annotations = {}, spec: Record<string, unknown> = {}) {
  return { metadata: { labels: { app: 'web' }, annotations }, spec: { containers: [{ name: 'app' }], ...spec } };
}

/** A workload named `web` with this pod template. */
export function workloadOf(template: unknown = templateOf(), annotations: Annotations = {}): Applied {
  return { metadata: { name: 'web', namespace: 'shop', annotations }, spec: { replicas: 1, template } };
}

export function cronJobOf(template: unknown, annotations: Annotations = {}, jobAnnotations: Annotations = {}): Applied {
  return {
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { schedule: '@daily', jobTemplate: { metadata: { annotations: jobAnnotations }, spec: { template } } },
  };
}

/** A ServiceAccount or Namespace. */
export function scopeObject(name: string, annotations: Annotations): Applied {
  return { metadata: { name, annotations } };
}

/**
 * The review of an object that is created in the namespace shop.
 *
 * @param groupResource such as `apps/deployments`.
 */
export function applied(
  groupResource: string,
  object: Applied | null,
  change: (request: Review['request']) => void = () => undefined,
): Review {
  const [group = '', resource = ''] = groupResource.split('/');
  return reviewOf(({ request }) => {
    Object.assign(request, { resource: { group, version: 'v1', resource }, object });
    request.name = object?.metadata?.name ?? '';
    change(request);
  });
}

export function updated(groupResource: string, oldObject: Applied, object: Applied): Review {
  return applied(groupResource, object, (request) => Object.assign(request, { operation: 'UPDATE', oldObject }));
}
