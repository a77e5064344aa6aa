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

/** The labels of a pod with the name of an owner further up. They count only if the kind is configured. */
const nameLabels = [
  { label: 'serving.knative.dev/revision', group: 'serving.knative.dev', kind: 'Revision' },
  { label: 'serving.knative.dev/configuration', group: 'serving.knative.dev', kind: 'Configuration' },
  { label: 'serving.knative.dev/service', group: 'serving.knative.dev', kind: 'Service' },
  { label: 'tekton.dev/pipelineRun', group: 'tekton.dev', kind: 'PipelineRun' },
  { label: 'jobset.sigs.k8s.io/jobset-name', group: 'jobset.x-k8s.io', kind: 'JobSet' },
];

export interface Guess {
  readonly kind: ObjectKind;
  readonly name: string;
}

/**
 * Guesses the owners of a pod's direct owner, so that the whole chain can be read at the same time. A
 * ReplicaSet is named `<deployment>-<pod-template-hash>` and its pods have the hash as a label; a CronJob's
 * Job is named `<cronjob>-<minutes since 1970>`; other owners are named in labels. A guess counts only once
 * an owner reference confirms it.
 */
export function guessOwners(
  owner: Guess,
  podLabels: Readonly<Record<string, string>>,
  kinds: readonly ObjectKind[],
): Guess[] {
  const controller = guessController(owner, podLabels, kinds);
  const guesses = controller ? [controller] : [];
  for (const known of nameLabels) {
    const kind = kindNamed(known, kinds);
    const name = labelOf(podLabels, known.label);
    if (kind && name && (kind !== owner.kind || name !== owner.name)) guesses.push({ kind, name });
  }
  return guesses;
}

function guessController(
  owner: Guess,
  podLabels: Readonly<Record<string, string>>,
  kinds: readonly ObjectKind[],
): Guess | undefined {
  if (owner.kind === jobs) {
    const name = /^(.+)-\d+$/.exec(owner.name)?.[1];
    return name === undefined ? undefined : { kind: cronJobs, name };
  }
  if (owner.kind !== replicaSets) return undefined;
  for (const known of hashLabels) {
    const hash = labelOf(podLabels, known.label);
    const kind = kindNamed(known, kinds);
    if (hash && kind && owner.name.endsWith(`-${hash}`) && owner.name.length > hash.length + 1) {
      return { kind, name: owner.name.slice(0, -hash.length - 1) };
    }
  }
  return undefined;
}

function kindNamed(
  { group, kind }: { readonly group: string; readonly kind: string },
  kinds: readonly ObjectKind[],
): ObjectKind | undefined {
  return kinds.find((candidate) => candidate.group === group && candidate.kind === kind);
}

function labelOf(labels: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
