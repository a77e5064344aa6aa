// `--policies`: the files with the policies that give pods their identities in the API server.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { injectInputOf } from '../cluster-objects.ts';
import type { Commented } from '../commented-yaml.ts';
import { type GeneratedFile, POLICIES, yamlFile } from '../generated-file.ts';
import { requireVersion } from '../required-version.ts';
import { findingPolicies } from './findings.ts';
import { labelPolicies } from './label-policies.ts';
import { type InjectInput, injectPolicies } from './policies.ts';

const objectsOf = {
  [`${POLICIES}/labels.yaml`]: labelPolicies,
  [`${POLICIES}/inject.yaml`]: injectPolicies,
  [`${POLICIES}/findings.yaml`]: findingPolicies,
} as const satisfies Readonly<Record<string, (input: InjectInput) => readonly Commented[]>>;

/** The policies and their bindings by their file. */
export function injectObjectsOf(cluster: Cluster): Readonly<Record<string, readonly Commented[]>> {
  const input = injectInputOf(cluster);
  return Object.fromEntries(Object.entries(objectsOf).map(([path, write]) => [path, write(input)]));
}

/** @throws {CwiiError} `manifest-input-invalid` for an API server that does not know the objects. */
export function injectFiles(cluster: Cluster): readonly GeneratedFile[] {
  requireVersion(cluster, 'policies', '--policies');
  const input = injectInputOf(cluster);
  return [
    yamlFile({
      path: `${POLICIES}/labels.yaml`,
      purpose: 'Labels ServiceAccounts for the policy in `inject.yaml` when they are created or changed.',
      header:
        'A MutatingAdmissionPolicy that labels ServiceAccounts. The policy in inject.yaml sees only labelled ones: without a selector, the API server would evaluate it for every ServiceAccount of a namespace.',
      objects: labelPolicies(input),
    }),
    yamlFile({
      path: `${POLICIES}/inject.yaml`,
      purpose: 'Gives pods the identities that the webhook would give them, as far as a policy can see them.',
      header:
        'A MutatingAdmissionPolicy that gives pods their identities without the webhook. It reads the annotations of the pod, its ServiceAccount and its namespace. docs/availability.md says when to use it, and what it cannot do.',
      objects: injectPolicies(input),
    }),
    yamlFile({
      path: `${POLICIES}/findings.yaml`,
      purpose: 'Rejects and warns about pods where the webhook would, as far as a policy can see it.',
      header:
        'ValidatingAdmissionPolicies with the findings of the webhook: cwii-refuse rejects pods, and cwii-warn warns. Pods that the webhook has decided on are left out.',
      objects: findingPolicies(input),
    }),
  ];
}
