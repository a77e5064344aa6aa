// Talos: a patch of the machine configuration. It writes AdmissionConfiguration itself, and has files only below /var.

import { CALLER_TOKEN, webhookAdmissionPlugin } from './admission-configuration.ts';
import { ADMISSION_CONFIGURATION, apiServerFlags } from './api-server-flags.ts';
import { toCommentedYaml } from './commented-yaml.ts';
import { GENERATED } from './generated-file.ts';
import { DIRECTORY } from './names.ts';
import { issuerComment, type Placement } from './placement.ts';

const HOST_DIRECTORY = '/var/cwii';

const HEADER = `For Talos: a patch for the control-plane nodes, one after the other.

  talosctl --nodes NODE patch machineconfig --patch @talos.yaml

Put the caller's token in its place first. Talos writes machine.files when a node starts, so it restarts the node; so does every later change, the token's rotation included. Nothing has to be put into ${DIRECTORY} by hand.

For a configuration that has cluster.apiServer (all up to Talos 1.13, and newer ones that were upgraded). One that has KubeAPIServerConfig instead takes the AuthenticationConfiguration as KubeAuthenticationConfig and the issuer as KubeServiceAccountConfig, and cannot mount the webhook's kubeconfig: use a path key there (docs/cluster-side.md).

${GENERATED}`;

export function talos({ files, ...needs }: Placement): string {
  const flags = apiServerFlags({ ...needs, admission: false });
  const issuer = issuerComment(flags, needs);
  const args: Record<string, string | string[]> = {};
  for (const [name, value] of flags) {
    const before = args[name];
    args[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  const content = Object.entries({
    ...files,
    ...(needs.admission && { [CALLER_TOKEN]: 'REPLACE-WITH-THE-CALLER-TOKEN' }),
  }).filter(([name]) => name !== ADMISSION_CONFIGURATION);
  const mounted = content.length > 0;
  const text = toCommentedYaml(HEADER, [
    {
      object: {
        ...(mounted && {
          machine: {
            files: content.map(([name, text]) => ({
              path: `${HOST_DIRECTORY}/${name}`,
              op: 'create',
              permissions: 0o444,
              content: text,
            })),
          },
        }),
        cluster: {
          apiServer: {
            ...(flags.length > 0 && { extraArgs: args }),
            ...(mounted && {
              extraVolumes: [{ hostPath: HOST_DIRECTORY, mountPath: DIRECTORY, readonly: true }],
            }),
            ...(needs.admission && { admissionControl: [webhookAdmissionPlugin()] }),
          },
        },
      },
      comments: {
        ...(mounted && { 'machine.files.0.permissions': 'The API server runs as another user than root.' }),
        ...(issuer && {
          'cluster.apiServer.extraArgs.service-account-issuer': `${issuer.text} A list needs Talos 1.14: 1.13 puts its own issuer first whatever stands here, and older ones take only one.`,
        }),
      },
    },
  ]);
  return text.replaceAll(`permissions: ${0o444}\n`, 'permissions: 0o444\n');
}
