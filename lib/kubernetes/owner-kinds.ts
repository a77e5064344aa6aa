// The kinds that own pods: the built-in ones, and the parser of CWII_OWNER_KINDS for further ones.

import { ConfigError } from '../common/errors.ts';
import { isObject } from '../common/json.ts';
import type { ObjectKind } from './objects.ts';

export const replicaSets: ObjectKind = { group: 'apps', version: 'v1', resource: 'replicasets', kind: 'ReplicaSet' };
export const jobs: ObjectKind = { group: 'batch', version: 'v1', resource: 'jobs', kind: 'Job' };
export const cronJobs: ObjectKind = { group: 'batch', version: 'v1', resource: 'cronjobs', kind: 'CronJob' };

/** The kinds that are followed without configuration. */
export const builtInOwnerKinds: readonly ObjectKind[] = [
  replicaSets,
  { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment' },
  { group: 'apps', version: 'v1', resource: 'statefulsets', kind: 'StatefulSet' },
  { group: 'apps', version: 'v1', resource: 'daemonsets', kind: 'DaemonSet' },
  jobs,
  cronJobs,
  { group: '', version: 'v1', resource: 'replicationcontrollers', kind: 'ReplicationController' },
];

/**
 * Groups whose kinds have a pod template, although their pods come from other objects, which change it.
 * Knative creates the pods of a Service through Configuration, Revision and Deployment, and adds a container.
 */
const INDIRECT_GROUPS = ['serving.knative.dev'];

export interface PodTemplate {
  readonly metadata?: unknown;
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * Whether the `spec.template` of a kind is what its pods are created from. Many kinds have a template of
 * something else, such as a node (Karpenter's NodePool), a machine (Cluster API) or a game server (Agones).
 */
export function isPodTemplate(group: string, template: unknown): template is PodTemplate {
  if (!isObject(template) || !isObject(template['spec'])) return false;
  return Array.isArray(template['spec']['containers']) && !INDIRECT_GROUPS.includes(group);
}

/** The kinds of the group `apps` that kubectl rollout restart knows. */
const RESTARTABLE = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** The command that replaces the running pods of a workload; undefined if there is none for its kind. */
export function restartCommand(kind: string, namespace: string, name: string): string | undefined {
  if (!RESTARTABLE.includes(kind)) return undefined;
  return `kubectl rollout restart ${kind.toLowerCase()}/${name} -n ${namespace}`;
}

const OWNER_KIND =
  /^((?<group>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)\/)?(?<version>v[a-z0-9]+)\/(?<resource>[a-z0-9]+)=(?<kind>[A-Z][A-Za-z0-9]*)$/;

/**
 * Parses `CWII_OWNER_KINDS`: comma-separated `group/version/plural=Kind`, without a group for the core group.
 *
 * @throws {ConfigError} naming the malformed entry.
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
          `"${entry}" is not an owner kind; write group/version/plural=Kind, such as argoproj.io/v1alpha1/rollouts=Rollout, or v1/pods=Pod in the core group`,
        ]);
      }
      const { group = '', version = '', resource = '', kind = '' } = parts;
      if (group === '' && resource === 'secrets') {
        throw new ConfigError([`"${entry}": a Secret owns no pods, and cwii must not read Secrets; remove it`]);
      }
      return { group, version, resource, kind };
    });
}
