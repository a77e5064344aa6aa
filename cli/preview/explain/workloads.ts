// Groups admitted pods by their workload: the pod that it would create now, and the pods that run.

import { MOST_OWNERS } from '../../../lib/admission/read-scopes.ts';
import { guessOwners, kindOf } from '../../../lib/cluster/owners.ts';
import { isObject } from '../../../lib/common/json.ts';
import { displayName } from '../../../lib/kubernetes/names.ts';
import { controllerOf, groupOf } from '../../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds, replicaSets } from '../../../lib/kubernetes/owner-kinds.ts';
import type { AdmittedPod } from '../admission.ts';
import type { Manifest, ManifestReader } from '../manifest-reader.ts';

export interface Workload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** A new pod of the workload. */
  readonly next: AdmittedPod;
  /** The pods that run in the cluster. */
  readonly running: readonly AdmittedPod[];
}

/** @param objects the workloads in the files, and those between them and their pods. */
export function groupByWorkload(pods: readonly AdmittedPod[], objects: ManifestReader): Workload[] {
  const groups = Map.groupBy(pods, (pod) => {
    const { kind, metadata } = pod.workload ?? topOwner(pod.before, objects);
    return [metadata.namespace ?? '', kind, displayName(metadata) ?? ''].join('/');
  });
  return [...groups].flatMap(([key, members]) => {
    const [namespace = '', kind = '', name = ''] = key.split('/');
    const next = members.find(({ workload }) => workload) ?? members[0];
    return next ? [{ namespace, kind, name, next, running: members.filter(({ before }) => isRunning(before)) }] : [];
  });
}

/** Whether a Pod is from a cluster and has not ended. */
export function isRunning({ metadata, status }: Manifest): boolean {
  if (metadata.uid === undefined || !isObject(status)) return false;
  return status['phase'] !== 'Succeeded' && status['phase'] !== 'Failed';
}

/**
 * The outermost owner among the objects. A ReplicaSet that is not among them belongs to the Deployment that
 * its name and the hash in the pod's label tell.
 */
export function topOwner(pod: Manifest, objects: ManifestReader): Pick<Manifest, 'kind' | 'metadata'> {
  let top: Manifest = pod;
  const { namespace } = pod.metadata;
  for (let depth = 0; depth < MOST_OWNERS; depth++) {
    const reference = controllerOf(top.metadata.ownerReferences ?? []);
    if (!reference) return top;
    const owner = objects.find(groupOf(reference.apiVersion), reference.kind, namespace, reference.name);
    if (!owner) {
      // The object of an operator: its pods come from the workload that it created.
      if (top !== pod && kindOf({ ...top, name: '', uid: '' }, builtInOwnerKinds) !== replicaSets) return top;
      const isReplicaSet = kindOf(reference, builtInOwnerKinds) === replicaSets;
      const [deployment] = isReplicaSet
        ? guessOwners({ kind: replicaSets, name: reference.name }, pod.metadata.labels ?? {}, builtInOwnerKinds)
        : [];
      const { kind, name } = deployment ? { kind: deployment.kind.kind, name: deployment.name } : reference;
      return { kind, metadata: { ...(namespace !== undefined && { namespace }), name } };
    }
    top = owner;
  }
  return top;
}
