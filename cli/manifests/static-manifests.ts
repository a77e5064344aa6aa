// `--static`: the webhook and the policies as files of the API server, which reads them before its first
// request.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { registrationOf, staticPoliciesOf } from './cluster-objects.ts';
import type { Commented } from './commented-yaml.ts';
import { CONTROL_PLANE, type GeneratedFile, REQUIRE, yamlFile } from './generated-file.ts';
import { STATIC_POLICIES, STATIC_WEBHOOKS } from './names.ts';
import type { GenerateOptions } from './options.ts';
import { PODS_NOT_MARKED } from './require-policies.ts';
import { requireVersion } from './required-version.ts';
import { hasPathKey } from './webhook-url.ts';

/** The API server accepts this end of a name in its files only, and refuses it in objects of its API. */
const SUFFIX = '.static.k8s.io';

/**
 * One folder for each plugin, because a plugin refuses files of another one.
 *
 * @throws {CwiiError} `manifest-input-invalid` for an API server that does not read them.
 */
export function staticFiles(cluster: Cluster, webhookUrl: string, options: GenerateOptions): readonly GeneratedFile[] {
  requireVersion(cluster, 'static', '--static', ': its API servers would ignore these files, or not start');
  const policies = options.require ? staticPoliciesOf(cluster) : [];
  return [
    staticWebhookFile(cluster, webhookUrl, options.webhookCa),
    ...(policies.length > 0
      ? [
          yamlFile({
            path: `${CONTROL_PLANE}/${STATIC_POLICIES}/policies.yaml`,
            purpose: 'Rejects pods that request an identity on the pod or its namespace but have no token for it.',
            header: `ValidatingAdmissionPolicy, read by the API server from its directory. A policy in a file has no parameter object, so it sees requests on the pod and its namespace only. The policies in ${REQUIRE}/ see those on ServiceAccounts and Deployments.${cluster.settings.markPods ? '' : `\n\n${PODS_NOT_MARKED}`}`,
            objects: policies.map(asStatic),
          }),
        ]
      : []),
  ];
}

/** The file of the webhook alone, whose bytes `cwii check` compares with what an API server has read. */
export function staticWebhookFile(cluster: Cluster, webhookUrl: string, webhookCa: string | undefined): GeneratedFile {
  return yamlFile({
    path: `${CONTROL_PLANE}/${STATIC_WEBHOOKS}/webhook.yaml`,
    purpose: 'Registers the webhook in each API server that has the file. The API shows and changes it nowhere.',
    header:
      'MutatingWebhookConfiguration, read by the API server from its directory: at its start, when a file changes, and once a minute. To disable the webhook, rename the file to webhook.yaml.off on every control-plane node.',
    secret: hasPathKey(webhookUrl),
    objects: [asStatic(registrationOf(cluster, webhookUrl, webhookCa))],
  });
}

function asStatic({ object, comments }: Commented): Commented {
  const { metadata, spec } = object as { metadata: { name: string }; spec?: { policyName?: string } };
  const policyName = spec?.policyName;
  return {
    object: {
      ...object,
      metadata: { ...metadata, name: `${metadata.name}${SUFFIX}` },
      ...(policyName !== undefined && { spec: { ...spec, policyName: `${policyName}${SUFFIX}` } }),
    },
    ...(comments && { comments }),
  };
}
