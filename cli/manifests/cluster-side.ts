// Everything for the cluster's side, from a cluster's entry in cwii.yaml and its stack's outputs: the files and their order.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import type { ProviderId } from '../../lib/annotations/keys.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { parseOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import type { IssuerRound } from './api-server-flags.ts';
import { controlPlaneFiles, trusted } from './control-plane-files.ts';
import type { Distribution } from './distribution.ts';
import { flowObjects } from './flow-schema.ts';
import { ACCESS, CONTROL_PLANE, type GeneratedFile, REQUIRE, WEBHOOK, yamlFile } from './generated-file.ts';
import { mapRoles } from './map-roles.ts';
import type { Identities } from './names.ts';
import { accessObjects } from './rbac.ts';
import { readme } from './readme.ts';
import { requirePolicies } from './require-policies.ts';
import type { StackOutputs } from './stack-outputs.ts';
import { commentedWebhookConfiguration } from './webhook-configuration.ts';

export interface ClusterSideOptions {
  readonly require: boolean;
  /** Undefined: a snippet for each. */
  readonly distribution?: Distribution | undefined;
  /** In place of what cwii.yaml says, or the distribution has by default. */
  readonly oldIssuers?: readonly string[] | undefined;
  readonly apiAudiences?: readonly string[] | undefined;
  /** With several API servers: the first of two rounds, or the second, which is all there is with one. */
  readonly issuerRound: IssuerRound;
  /** PEM, for a webhook whose certificate not every machine trusts. */
  readonly webhookCa?: string | undefined;
}

/**
 * The files, in the order in which they are used; README.md first.
 *
 * @throws {CwiiError} `output-missing`, `outputs-unreadable`, or `manifest-input-invalid`.
 */
export function clusterSide(
  cluster: Cluster,
  outputs: StackOutputs,
  options: ClusterSideOptions,
): readonly GeneratedFile[] {
  const url = webhookUrl(cluster, outputs);
  const ownerKinds = (cluster.settings.ownerKinds ?? []).flatMap(parseOwnerKinds);
  const files = [
    ...accessFiles(cluster, outputs, ownerKinds),
    ...controlPlaneFiles(cluster, outputs, options, url),
    yamlFile(
      `${WEBHOOK}/webhook.yaml`,
      'Registers the webhook: from here on the API server calls it.',
      'MutatingWebhookConfiguration: apply it last, when the API servers are known to the webhook.',
      [commentedWebhookConfiguration({ url, ca: options.webhookCa, ownerKinds, ...cluster.webhook })],
    ),
    ...(options.require ? requireFiles(cluster) : []),
  ];
  return [{ path: 'README.md', purpose: 'This page.', text: readme(cluster, files, options) }, ...files];
}

type OwnerKinds = ReturnType<typeof parseOwnerKinds>;

function accessFiles({ credential, issuerHosting }: Cluster, outputs: StackOutputs, ownerKinds: OwnerKinds) {
  if (credential.none) return [];
  const identities: Identities = credential.secret ? 'service-account' : 'users';
  return [
    yamlFile(
      `${ACCESS}/rbac.yaml`,
      'What the functions may do in the cluster: `get` on the objects whose annotations count, nothing else.',
      'RBAC: what the functions may do in the cluster, and who they are.',
      accessObjects({ identities, ownerKinds, issuer: issuerHosting !== undefined }),
    ),
    yamlFile(
      `${ACCESS}/flow-schema.yaml`,
      'A place of their own for the reads that pods wait for, so that a burst of pods does not starve them.',
      'API Priority and Fairness: a place of its own for the reads that pods wait for.',
      flowObjects({ identities, ownerKinds }),
    ),
    ...(credential.eks
      ? [
          yamlFile(
            `${CONTROL_PLANE}/map-roles.yaml`,
            "Entries for aws-iam-authenticator's `mapRoles`: merge them into the ConfigMap kube-system/aws-auth or the authenticator's own file. On EKS create access entries with these names instead. Not for `kubectl apply`.",
            'Entries for aws-iam-authenticator. Merge them: applying this as it stands would replace what is there, nodes included.',
            [mapRoles(trusted(outputs, issuerHosting !== undefined, false))],
          ),
        ]
      : []),
  ];
}

/** What policies do without the webhook's mark; said where they are made, because it shows only when a pod is refused. */
export const NOT_MARKED =
  'settings.markPods is not true: these policies go by their own sight, and refuse some pods that the webhook rightly leaves alone, even while it answers: "false" on a workload against its ServiceAccount or namespace, or on the ServiceAccount against the Deployment; a role that was taken off a Deployment (docs/cluster-side.md). Set it in cwii.yaml, and deploy, before you apply 4-require/';

function requireFiles(cluster: Cluster): readonly GeneratedFile[] {
  const { providers, settings, webhook } = cluster;
  const enabled: readonly (readonly [ProviderId, boolean | undefined])[] = [
    ['aws', providers.aws.enabled],
    ['az', providers.azure.enabled],
    ['gcp', providers.gcp.enabled],
  ];
  const objects = requirePolicies({
    clouds: enabled.filter(([, is]) => is ?? true).map(([id]) => id),
    onInvalid: settings.onInvalid,
    nativeAnnotations: settings.nativeAnnotations ?? false,
    azDefaultTenantId: providers.azure.defaultTenantId,
    gcpDefaultAudience: providers.gcp.defaultAudience,
    namespaces: webhook.namespaces,
  });
  if (objects.length === 0) return [];
  return [
    yamlFile(
      `${REQUIRE}/policies.yaml`,
      'Refuses, inside the API server, pods that should have an identity and came without its token.',
      `ValidatingAdmissionPolicies: while the webhook is away, no pod starts silently without its identity. Apply them when the webhook is at work. What they cannot see is in docs/cluster-side.md.${settings.markPods ? '' : `\n\n${NOT_MARKED}`}`,
      objects,
    ),
  ];
}

/** A URL with a path is taken as it is; without one it is the function's, whose webhook is at /mutate. */
function webhookUrl({ name, callers }: Cluster, outputs: StackOutputs): string {
  const text = outputs.get('WebhookUrl');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.search || url.hash || url.username || url.password) {
    const message = `the webhook's URL is "${text}"; an https URL without query is needed, because the API server takes no other`;
    throw new CwiiError('manifest-input-invalid', message);
  }
  if (url.pathname !== '/') return url.href;
  if (callers.tokenSha256.length === 0) {
    throw new CwiiError(
      'manifest-input-invalid',
      `cluster ${name} has only path keys, which nobody but you knows; name the whole URL: --url ${url.origin}/k/<key>`,
    );
  }
  return `${url.origin}/mutate`;
}
