// A patch for the machine configuration of Talos, which writes the AdmissionConfiguration itself.

import { admissionPlugins, CALLER_TOKEN, NO_ADMISSION } from './admission-configuration.ts';
import { ADMISSION_CONFIGURATION, apiServerFlags, issuerComment, type SnippetInput } from './api-server-flags.ts';
import { toCommentedYaml } from './commented-yaml.ts';
import { GENERATED } from './generated-file.ts';
import { DIRECTORY } from './names.ts';

/** Talos can create files only below /var. */
const HOST_DIRECTORY = '/var/cwii';

const HEADER = `For Talos: a patch for the control-plane nodes. Apply it to one node after the other.

  talosctl --nodes NODE patch machineconfig --patch @talos.yaml

First replace the placeholder with the caller token. Talos writes machine.files when a node starts, so it restarts the node, now and after every later change, including rotations of the token. No file has to be copied to ${DIRECTORY}.

The patch is for configurations with cluster.apiServer: all up to Talos 1.13, and newer ones that were upgraded. In a configuration with KubeAPIServerConfig set the AuthenticationConfiguration through KubeAuthenticationConfig and the issuer through KubeServiceAccountConfig. It cannot mount the webhook's kubeconfig, so use a path key (docs/cluster-side.md).

${GENERATED}`;

export function talos({ files, ...needs }: SnippetInput): string {
  const flags = apiServerFlags({ ...needs, admission: NO_ADMISSION });
  const issuer = issuerComment(flags, needs);
  const plugins = admissionPlugins(needs.admission);
  const args: Record<string, string | string[]> = {};
  for (const [name, value] of flags) {
    const before = args[name];
    args[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  const content = Object.entries({
    ...files,
    ...(needs.admission.token && { [CALLER_TOKEN]: 'REPLACE-WITH-THE-CALLER-TOKEN' }),
  }).filter(([name]) => name !== ADMISSION_CONFIGURATION);
  const hasFiles = content.length > 0;
  const text = toCommentedYaml(HEADER, [
    {
      object: {
        ...(hasFiles && {
          machine: {
            files: content.map(([name, fileText]) => ({
              path: `${HOST_DIRECTORY}/${name}`,
              op: 'create',
              permissions: 0o444,
              content: fileText,
            })),
          },
        }),
        cluster: {
          apiServer: {
            ...(flags.length > 0 && { extraArgs: args }),
            ...(hasFiles && {
              extraVolumes: [{ hostPath: HOST_DIRECTORY, mountPath: DIRECTORY, readonly: true }],
            }),
            ...(plugins.length > 0 && { admissionControl: plugins }),
          },
        },
      },
      comments: {
        ...(hasFiles && { 'machine.files.0.permissions': 'The API server does not run as root.' }),
        ...(issuer && {
          'cluster.apiServer.extraArgs.service-account-issuer': `${issuer.text} A list requires Talos 1.14: 1.13 always puts its own issuer first, and older releases accept only one.`,
        }),
      },
    },
  ]);
  return text.replaceAll(`permissions: ${0o444}\n`, 'permissions: 0o444\n');
}
