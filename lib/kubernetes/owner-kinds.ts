// The kinds that own pods: the built-in ones, and the parser of CWII_OWNER_KINDS for further ones.

import { ConfigError } from '../common/errors.ts';
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

const OWNER_KIND =
  /^(?<group>[a-z0-9]([-a-z0-9.]*[a-z0-9])?)\/(?<version>v[a-z0-9]+)\/(?<resource>[a-z0-9]+)=(?<kind>[A-Z][A-Za-z0-9]*)$/;

/**
 * Parses `CWII_OWNER_KINDS`: comma-separated `group/version/plural=Kind`.
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
          `"${entry}" is not an owner kind; write group/version/plural=Kind, such as argoproj.io/v1alpha1/rollouts=Rollout`,
        ]);
      }
      const { group = '', version = '', resource = '', kind = '' } = parts;
      return { group, version, resource, kind };
    });
}
