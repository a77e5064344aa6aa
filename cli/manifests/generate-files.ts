// Generates the files for a cluster from its entry in cwii.yaml and the outputs of its stack.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { httpsUrl } from '../../lib/settings/parsers.ts';
import { accessOf, flowControlOf, policiesOf, registrationOf } from './cluster-objects.ts';
import { callerKindOf, controlPlaneFiles } from './control-plane-files.ts';
import { ACCESS, CONTROL_PLANE, type GeneratedFile, REQUIRE, WEBHOOK, yamlFile } from './generated-file.ts';
import { mapRoles } from './map-roles.ts';
import type { GenerateOptions } from './options.ts';
import { readme } from './readme.ts';
import { callerAccess, callerServiceAccount } from './service-account-caller.ts';
import type { StackOutputs } from './stack-outputs.ts';
import { trustedFunctions } from './trusted-functions.ts';

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
    yamlFile({
      path: `${WEBHOOK}/webhook.yaml`,
      purpose: 'Registers the webhook. After that the API server calls it.',
      header: 'MutatingWebhookConfiguration. Apply it last, when the API servers can authenticate to the webhook.',
      secret: hasPathKey(url),
      objects: [registrationOf(cluster, url, options.webhookCa)],
    }),
    ...(options.require ? policyFiles(cluster) : []),
  ];
  return [{ path: 'README.md', purpose: 'This page.', text: readme(cluster, files, options) }, ...files];
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

/** A warning in the policies and on the terminal, because its effect shows only when a pod is rejected. */
export const PODS_NOT_MARKED =
  'settings.markPods is not true, so these policies evaluate only what they can see: pod, namespace and one parameter object. They reject some pods that the webhook deliberately admits without identity: pods whose workload sets inject to "false" although their ServiceAccount or namespace requests the cloud, pods whose ServiceAccount sets it to "false" although their Deployment requests the cloud, and pods of a Deployment from which a role was removed (docs/cluster-side.md). Set settings.markPods to true in cwii.yaml and deploy before you apply 4-require/';

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

/**
 * A URL with a path is used unchanged. A URL without one is that of the function, whose webhook is at
 * /mutate, or at /k/<key>.
 */
export function webhookUrl({ name, callers }: Cluster, outputs: StackOutputs, pathKey: string | undefined): string {
  const url = parseWebhookUrl(outputs.get('WebhookUrl'));
  if (pathKey !== undefined) return `${url.origin}/k/${pathKey}`;
  if (url.pathname !== '/') return url.href;
  if (callers.tokenSha256.length + callers.subjects.length === 0) {
    throw new CwiiError(
      'manifest-input-invalid',
      `cluster ${name} has only path keys, and cwii.yaml has only their digests; name the file with the key: --path-key FILE (from \`cwii caller-token --path-key --out FILE\`)`,
    );
  }
  return `${url.origin}/mutate`;
}

/** Whether the URL has a secret. */
export function hasPathKey(url: string): boolean {
  return new URL(url).pathname.startsWith('/k/');
}

/** The API server accepts only https URLs without user, query and fragment for webhooks. */
function parseWebhookUrl(text: string): URL {
  try {
    return httpsUrl(text);
  } catch (error) {
    throw new CwiiError(
      'manifest-input-invalid',
      `the webhook's URL is "${text}"; write https://HOST[:PORT][/PATH], without user, query and fragment`,
      { cause: error },
    );
  }
}
