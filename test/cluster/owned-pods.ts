// Pods with a controller that a test chooses, and a custom resource that can be one.

import { type Manifest, pod } from './manifests.ts';
import { reader } from './test-cluster.ts';

export interface Controller {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
}

export function controlledBy(apiVersion: string, kind: string, name: string, uid: string): Controller {
  return { apiVersion, kind, name, uid, controller: true };
}

/** A pod without annotations, which only its owner can give an identity. */
export function ownedPod(namespace: string, owner: Controller) {
  const manifest = pod(namespace, 'claimant');
  return { ...manifest, metadata: { ...manifest.metadata, ownerReferences: [owner] } };
}

export function runner(namespace: string, name: string, metadata: object = {}): Manifest {
  return { apiVersion: 'example.com/v1', kind: 'Runner', metadata: { namespace, name, ...metadata } };
}

/** The custom resource, and the permission to read it. */
export const runnerDefinition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: runners.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Runner, plural: runners, singular: runner }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object } }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: cwii-reads-runners }
rules:
  - { apiGroups: [example.com], resources: [runners], verbs: [get] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cwii-reads-runners }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cwii-reads-runners }
subjects:
  - { kind: ServiceAccount, name: ${reader.name}, namespace: ${reader.namespace} }
`;
