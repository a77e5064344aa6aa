// Workloads, ServiceAccounts and Namespaces as users apply them, and the admission reviews for them.

import { namespaces, serviceAccounts } from '../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import type { Annotations } from './evaluation.ts';
import { type Review, reviewOf, roleArn } from './events.ts';

const kinds = [serviceAccounts, namespaces, ...builtInOwnerKinds];

export interface Applied {
  metadata: { name?: string; generateName?: string; [field: string]: unknown };
  spec?: Record<string, unknown>;
  [field: string]: unknown;
}

export const role: Annotations = { 'cwii.dev/aws-role-arn': roleArn };

/** A pod template that names no ServiceAccount, as most templates do. */
export function templateOf(annotations: Annotations = {}, spec: Record<string, unknown> = {}) {
  const containers = [
    {
      name: 'app',
      env: [
        { name: 'AWS_REGION', value: 'us-east-1' },
        { name: 'GOOGLE_CLOUD_PROJECT', value: 'my-project' },
      ],
    },
  ];
  return { metadata: { labels: { app: 'web' }, annotations }, spec: { containers, ...spec } };
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
 * @param groupResource such as `apps/deployments`, or `/namespaces` for the core group.
 */
export function applied(
  groupResource: string,
  object: Applied | null,
  change: (request: Review['request']) => void = () => undefined,
): Review {
  const [group = '', resource = ''] = groupResource.split('/');
  return reviewOf(({ request }) => {
    const kind = kinds.find((one) => one.group === group && one.resource === resource)?.kind ?? 'Custom';
    Object.assign(request, {
      kind: { group, version: 'v1', kind },
      resource: { group, version: 'v1', resource },
      object,
    });
    request.name = object?.metadata?.name ?? '';
    change(request);
  });
}

/** The review of an object that is updated. */
export function updated(groupResource: string, oldObject: Applied, object: Applied): Review {
  return applied(groupResource, object, (request) => Object.assign(request, { operation: 'UPDATE', oldObject }));
}
