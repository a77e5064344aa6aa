// Generates the files for a cluster from its entry in cwii.yaml and the outputs of its stack.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { accessOf, flowControlOf, policiesOf, registrationOf } from './cluster-objects.ts';
import { callerKindOf, controlPlaneFiles } from './control-plane-files.ts';
import { ACCESS, CONTROL_PLANE, type GeneratedFile, REQUIRE, WEBHOOK, yamlFile } from './generated-file.ts';
import { imagePullFiles } from './image-pulls.ts';
import { injectFiles } from './inject/files.ts';
import { mapRoles } from './map-roles.ts';
import type { GenerateOptions } from './options.ts';
import { readme } from './readme.ts';
import { PODS_NOT_MARKED } from './require-policies.ts';
import { callerAccess, callerServiceAccount } from './service-account-caller.ts';
import type { StackOutputs } from './stack-outputs.ts';
import { trustedFunctions } from './trusted-functions.ts';
import { hasPathKey, webhookUrl } from './webhook-url.ts';

/**
 * The files in the order of their use, with README.md first.
 *
 * @throws {CwiiError} `output-missing`, `outputs-unreadable`, or `manifest-input-invalid`.
 */
export function generateFiles(
  cluster: Cluster,
  outputs: StackOutputs,
  options: GenerateOptions,
): readonly GeneratedFile[] {
  const url = webhookUrl(cluster, outputs, options.pathKey);
  const files = [
    ...accessFiles(cluster, outputs),
    ...callerFiles(cluster, options),
    ...controlPlaneFiles(cluster, outputs, options, url),
    ...(options.static ? [] : [registrationFile(cluster, url, options)]),
    ...(options.require ? policyFiles(cluster) : []),
    ...(options.policies ? injectFiles(cluster) : []),
    ...imagePullFiles(cluster, options),
  ];
  return [{ path: 'README.md', purpose: 'This page.', text: readme(cluster, files, options) }, ...files];
}

function registrationFile(cluster: Cluster, url: string, { webhookCa }: GenerateOptions): GeneratedFile {
  return yamlFile({
    path: `${WEBHOOK}/webhook.yaml`,
    purpose: 'Registers the webhook. After that the API server calls it.',
    header: 'MutatingWebhookConfiguration. Apply it last, when the API servers can authenticate to the webhook.',
    secret: hasPathKey(url),
    objects: [registrationOf(cluster, url, webhookCa)],
  });
}

function accessFiles(cluster: Cluster, outputs: StackOutputs): GeneratedFile[] {
  const { credential, issuerHosting } = cluster;
  if (credential.none) return [];
  return [
    yamlFile({
      path: `${ACCESS}/rbac.yaml`,
      purpose: 'The permissions of the functions in the cluster: only `get`, on the objects with annotations for pods.',
      header: 'RBAC: the permissions and identities of the functions in the cluster.',
      objects: accessOf(cluster),
    }),
    yamlFile({
      path: `${ACCESS}/flow-schema.yaml`,
      purpose: 'A priority level for the reads that pods wait for, so that a burst of pods cannot starve them.',
      header: 'API Priority and Fairness: a priority level for the reads that pods wait for.',
      objects: flowControlOf(cluster),
    }),
    ...(credential.eks
      ? [
          yamlFile({
            path: `${CONTROL_PLANE}/map-roles.yaml`,
            purpose:
              "Entries for aws-iam-authenticator's `mapRoles`: merge them into the ConfigMap kube-system/aws-auth or the authenticator's own file. On EKS create access entries with these names instead. Do not apply the file with kubectl.",
            header:
              'Entries for aws-iam-authenticator. Merge them into the existing configuration: applying this file would replace it, including the entries of the nodes.',
            objects: [mapRoles(trustedFunctions(outputs, issuerHosting !== undefined))],
          }),
        ]
      : []),
  ];
}

function callerFiles(cluster: Cluster, options: GenerateOptions): GeneratedFile[] {
  if (callerKindOf(cluster, options) !== 'service-account') return [];
  return [
    yamlFile({
      path: `${ACCESS}/caller.yaml`,
      purpose:
        'The ServiceAccount of the API server as a caller of the webhook, and the permission to request its token.',
      header: 'The ServiceAccount with whose tokens the API server authenticates to the webhook.',
      objects: callerAccess(callerServiceAccount(cluster)),
    }),
  ];
}

function policyFiles(cluster: Cluster): readonly GeneratedFile[] {
  const objects = policiesOf(cluster);
  if (objects.length === 0) return [];
  return [
    yamlFile({
      path: `${REQUIRE}/policies.yaml`,
      purpose: 'Rejects pods in the API server that request an identity but have no token for it.',
      header: `ValidatingAdmissionPolicies. While the webhook is unavailable, they reject pods that would start without their identity. Apply them when the webhook works. docs/cluster-side.md has their limits.${cluster.settings.markPods ? '' : `\n\n${PODS_NOT_MARKED}`}`,
      objects,
    }),
  ];
}
