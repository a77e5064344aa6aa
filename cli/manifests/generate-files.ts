// Generates the files for a cluster from its entry in cwii.yaml and the outputs of its stack.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import type { ProviderId } from '../../lib/annotations/keys.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import { parseOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import { httpsUrl } from '../../lib/settings/parsers.ts';
import { controlPlaneFiles } from './control-plane-files.ts';
import { flowObjects } from './flow-schema.ts';
import { ACCESS, CONTROL_PLANE, type GeneratedFile, REQUIRE, WEBHOOK, yamlFile } from './generated-file.ts';
import { mapRoles } from './map-roles.ts';
import type { Identities } from './names.ts';
import type { GenerateOptions } from './options.ts';
import { accessObjects } from './rbac.ts';
import { readme } from './readme.ts';
import { requirePolicies } from './require-policies.ts';
import type { StackOutputs } from './stack-outputs.ts';
import { trustedFunctions } from './trusted-functions.ts';
import { commentedWebhookConfiguration } from './webhook-configuration.ts';

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
  const ownerKinds = (cluster.settings.ownerKinds ?? []).flatMap(parseOwnerKinds);
  const files = [
    ...accessFiles(cluster, outputs, ownerKinds),
    ...controlPlaneFiles(cluster, outputs, options, url),
    yamlFile({
      path: `${WEBHOOK}/webhook.yaml`,
      purpose: 'Registers the webhook. After that the API server calls it.',
      header: 'MutatingWebhookConfiguration. Apply it last, when the API servers can authenticate to the webhook.',
      secret: hasPathKey(url),
      objects: [commentedWebhookConfiguration({ url, ca: options.webhookCa, ownerKinds, ...cluster.webhook })],
    }),
    ...(options.require ? policyFiles(cluster) : []),
  ];
  return [{ path: 'README.md', purpose: 'This page.', text: readme(cluster, files, options) }, ...files];
}

function accessFiles(
  { credential, issuerHosting }: Cluster,
  outputs: StackOutputs,
  ownerKinds: readonly ObjectKind[],
): GeneratedFile[] {
  if (credential.none) return [];
  const hostsIssuer = issuerHosting !== undefined;
  const identities: Identities = credential.secret ? 'service-account' : 'users';
  return [
    yamlFile({
      path: `${ACCESS}/rbac.yaml`,
      purpose: 'The permissions of the functions in the cluster: only `get`, on the objects with annotations for pods.',
      header: 'RBAC: the permissions and identities of the functions in the cluster.',
      objects: accessObjects({ identities, ownerKinds, issuer: hostsIssuer }),
    }),
    yamlFile({
      path: `${ACCESS}/flow-schema.yaml`,
      purpose: 'A priority level for the reads that pods wait for, so that a burst of pods cannot starve them.',
      header: 'API Priority and Fairness: a priority level for the reads that pods wait for.',
      objects: flowObjects({ identities, ownerKinds }),
    }),
    ...(credential.eks
      ? [
          yamlFile({
            path: `${CONTROL_PLANE}/map-roles.yaml`,
            purpose:
              "Entries for aws-iam-authenticator's `mapRoles`: merge them into the ConfigMap kube-system/aws-auth or the authenticator's own file. On EKS create access entries with these names instead. Do not apply the file with kubectl.",
            header:
              'Entries for aws-iam-authenticator. Merge them into the existing configuration: applying this file would replace it, including the entries of the nodes.',
            objects: [mapRoles(trustedFunctions(outputs, hostsIssuer))],
          }),
        ]
      : []),
  ];
}

/** A warning in the policies and on the terminal, because its effect shows only when a pod is rejected. */
export const PODS_NOT_MARKED =
  'settings.markPods is not true, so these policies evaluate only what they can see: pod, namespace and one parameter object. They reject some pods that the webhook deliberately admits without identity: pods whose workload sets inject to "false" although their ServiceAccount or namespace requests the cloud, pods whose ServiceAccount sets it to "false" although their Deployment requests the cloud, and pods of a Deployment from which a role was removed (docs/cluster-side.md). Set settings.markPods to true in cwii.yaml and deploy before you apply 4-require/';

function policyFiles(cluster: Cluster): readonly GeneratedFile[] {
  const { providers, settings, webhook } = cluster;
  const enabled: Readonly<Record<ProviderId, boolean | undefined>> = {
    aws: providers.aws.enabled,
    az: providers.azure.enabled,
    gcp: providers.gcp.enabled,
  };
  const objects = requirePolicies({
    clouds: (Object.keys(enabled) as ProviderId[]).filter((id) => enabled[id] ?? true),
    onInvalid: settings.onInvalid,
    nativeAnnotations: settings.nativeAnnotations ?? false,
    azDefaultTenantId: providers.azure.defaultTenantId,
    gcpDefaultAudience: providers.gcp.defaultAudience,
    namespaces: webhook.namespaces,
  });
  if (objects.length === 0) return [];
  return [
    yamlFile({
      path: `${REQUIRE}/policies.yaml`,
      purpose: 'Rejects pods in the API server that request an identity but have no token for it.',
      header: `ValidatingAdmissionPolicies. While the webhook is unavailable, they reject pods that would start without their identity. Apply them when the webhook works. docs/cluster-side.md has their limits.${settings.markPods ? '' : `\n\n${PODS_NOT_MARKED}`}`,
      objects,
    }),
  ];
}

/**
 * A URL with a path is used unchanged. A URL without one is that of the function, whose webhook is at
 * /mutate, or at /k/<key>.
 */
function webhookUrl({ name, callers }: Cluster, outputs: StackOutputs, pathKey: string | undefined): string {
  const url = parseWebhookUrl(outputs.get('WebhookUrl'));
  if (pathKey !== undefined) return `${url.origin}/k/${pathKey}`;
  if (url.pathname !== '/') return url.href;
  if (callers.tokenSha256.length === 0) {
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
