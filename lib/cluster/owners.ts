// Which kinds own pods, and what the name and labels of a pod's direct owner tell about the owner's own controller.

import { ConfigError } from '../common/errors.ts';
import { controllerOf, groupOf, type ObjectKind, type OwnerReference } from '../kubernetes/objects.ts';

const replicaSets: ObjectKind = { group: 'apps', version: 'v1', resource: 'replicasets', kind: 'ReplicaSet' };
const deployments: ObjectKind = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment' };
const jobs: ObjectKind = { group: 'batch', version: 'v1', resource: 'jobs', kind: 'Job' };
const cronJobs: ObjectKind = { group: 'batch', version: 'v1', resource: 'cronjobs', kind: 'CronJob' };

/** The kinds that are followed without being configured. */
export const builtInOwnerKinds: readonly ObjectKind[] = [
  replicaSets,
  deployments,
  { group: 'apps', version: 'v1', resource: 'statefulsets', kind: 'StatefulSet' },
  { group: 'apps', version: 'v1', resource: 'daemonsets', kind: 'DaemonSet' },
  jobs,
  cronJobs,
  { group: '', version: 'v1', resource: 'replicationcontrollers', kind: 'ReplicationController' },
];

const OWNER_KIND =
  /^(?<group>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)\/(?<version>v[a-z0-9]+)\/(?<resource>[a-z0-9]+)=(?<kind>[A-Z][A-Za-z0-9]*)$/;

/**
 * Reads `CWII_OWNER_KINDS`: comma-separated `group/version/plural=Kind`.
 *
 * @throws {ConfigError} naming the entry that has another form.
 */
export function parseOwnerKinds(text: string): ObjectKind[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const parts = OWNER_KIND.exec(entry)?.groups;
      if (!parts) {
        throw new ConfigError([
          `"${entry}" is no owner kind; write group/version/plural=Kind, such as argoproj.io/v1alpha1/rollouts=Rollout`,
        ]);
      }
      const { group = '', version = '', resource = '', kind = '' } = parts;
      return { group, version, resource, kind };
    });
}

/** The kind that a reference names: group and kind must both match; the version is ours to choose. */
export function kindOf(reference: OwnerReference, kinds: readonly ObjectKind[]): ObjectKind | undefined {
  const group = groupOf(reference.apiVersion);
  return kinds.find((kind) => kind.group === group && kind.kind === reference.kind);
}

/**
 * Whether an object's own annotations are left out. A ReplicaSet with a controller is a detail of it: the Deployment
 * controller copies annotations there and never removes them, so a role taken off a Deployment would live on.
 */
export function isDetailOfItsController(kind: ObjectKind, references: readonly OwnerReference[]): boolean {
  return kind === replicaSets && controllerOf(references) !== undefined;
}

/** The label with a ReplicaSet's hash, and the controllers that set it. */
const hashLabels = [
  { label: 'pod-template-hash', group: 'apps', kind: 'Deployment' },
  { label: 'rollouts-pod-template-hash', group: 'argoproj.io', kind: 'Rollout' },
];

/**
 * Guesses the controller of a pod's direct owner, so that it can be read at the same time. A ReplicaSet is named
 * `<deployment>-<pod-template-hash>` and its pods carry the hash as a label; a CronJob's Job is named
 * `<cronjob>-<minutes since 1970>`. A guess is confirmed by the owner's reference before it counts.
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
