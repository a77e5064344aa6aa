// Follows owner references: resolves their kinds, and guesses the controller of a pod's owner.

import { controllerOf, groupOf, type ObjectKind, type OwnerReference } from '../kubernetes/objects.ts';
import { cronJobs, jobs, replicaSets } from '../kubernetes/owner-kinds.ts';

/** The kind of a reference. Group and kind must both match; the version is the one that cwii reads. */
export function kindOf(reference: OwnerReference, kinds: readonly ObjectKind[]): ObjectKind | undefined {
  const group = groupOf(reference.apiVersion);
  return kinds.find((kind) => kind.group === group && kind.kind === reference.kind);
}

/**
 * Whether an owner's own annotations are ignored. A ReplicaSet with a controller is only a detail of the
 * controller: the Deployment controller copies annotations to it and never removes them, so a role removed
 * from a Deployment would live on.
 */
export function isDetailOfItsController(kind: ObjectKind, references: readonly OwnerReference[]): boolean {
  return kind === replicaSets && controllerOf(references) !== undefined;
}

/** The labels with a ReplicaSet's hash, and the controllers that set them. */
const hashLabels = [
  { label: 'pod-template-hash', group: 'apps', kind: 'Deployment' },
  { label: 'rollouts-pod-template-hash', group: 'argoproj.io', kind: 'Rollout' },
];

/**
 * Guesses the controller of a pod's direct owner, so that both can be read at the same time. A ReplicaSet is
 * named `<deployment>-<pod-template-hash>` and its pods have the hash as a label; a CronJob's Job is named
 * `<cronjob>-<minutes since 1970>`. A guess counts only once the owner's reference confirms it.
 */
export function guessController(
  owner: { readonly kind: ObjectKind; readonly name: string },
  podLabels: Readonly<Record<string, string>>,
  kinds: readonly ObjectKind[],
): { readonly kind: ObjectKind; readonly name: string } | undefined {
  if (owner.kind === jobs) {
    const name = /^(.+)-\d+$/.exec(owner.name)?.[1];
    return name === undefined ? undefined : { kind: cronJobs, name };
  }
  if (owner.kind !== replicaSets) return undefined;
  for (const { label, group, kind: kindName } of hashLabels) {
    const hash = Object.hasOwn(podLabels, label) ? podLabels[label] : undefined;
    const kind = kinds.find((candidate) => candidate.group === group && candidate.kind === kindName);
    if (hash && kind && owner.name.endsWith(`-${hash}`) && owner.name.length > hash.length + 1) {
      return { kind, name: owner.name.slice(0, -hash.length - 1) };
    }
  }
  return undefined;
}
