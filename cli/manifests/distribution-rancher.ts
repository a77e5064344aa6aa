// A drop-in file for k3s, which runs the API server on the node, and RKE2, which runs it as a static pod.

import { NO_ADMISSION } from './admission-configuration.ts';
import {
  ADMISSION_CONFIGURATION,
  apiServerFlags,
  type Flag,
  type FlagNeeds,
  hasAdmission,
  issuerComment,
  type SnippetInput,
} from './api-server-flags.ts';
import { toCommentedYaml } from './commented-yaml.ts';
import { GENERATED } from './generated-file.ts';
import { DIRECTORY } from './names.ts';

/** The plus sign appends the list to those of config.yaml and of other drop-in files. */
const ARGUMENTS = 'kube-apiserver-arg+';

export function k3s(input: SnippetInput): string {
  return toCommentedYaml(header('k3s'), [withArguments(input)]);
}

export function rke2(input: SnippetInput): string {
  const { object, comments } = withArguments({ ...input, admission: NO_ADMISSION });
  const needsAdmission = hasAdmission(input.admission);
  return toCommentedYaml(header('rke2'), [
    {
      object: {
        ...object,
        ...(needsAdmission && {
          'pod-security-admission-config-file': `${DIRECTORY}/${ADMISSION_CONFIGURATION}`,
        }),
        'kube-apiserver-extra-mount+': [`${DIRECTORY}:${DIRECTORY}:ro`],
      },
      comments: {
        ...comments,
        ...(needsAdmission && {
          'pod-security-admission-config-file': `RKE2 sets --admission-control-config-file to this file. Its own file has the plugin PodSecurity: first copy that entry from /etc/rancher/rke2/rke2-pss.yaml to \`plugins\` in ${ADMISSION_CONFIGURATION}.`,
        }),
        'kube-apiserver-extra-mount+':
          'Mounts the directory and not single files, so that the API server sees a replaced file.',
      },
    },
  ]);
}

/**
 * k3s, and with it RKE2, omits its own `--anonymous-auth=false` if there is an AuthenticationConfiguration
 * (k3s, pkg/daemons/control/server.go). The API server's default is true, so without this flag anonymous
 * requests would be accepted.
 */
function flagsOf(needs: FlagNeeds): readonly Flag[] {
  return [...(needs.authentication ? [[ANONYMOUS, 'false'] as const] : []), ...apiServerFlags(needs)];
}

const ANONYMOUS = 'anonymous-auth';

function withArguments(needs: FlagNeeds) {
  const flags = flagsOf(needs);
  const issuer = issuerComment(flags, needs);
  const anonymous = flags.findIndex(([name]) => name === ANONYMOUS);
  return {
    object: flags.length > 0 ? { [ARGUMENTS]: flags.map(([name, value]) => `${name}=${value}`) } : {},
    comments: {
      ...(anonymous >= 0 && {
        [`${ARGUMENTS}.${anonymous}`]:
          'Keeps the current default. Newer releases do not set it if there is an AuthenticationConfiguration.',
      }),
      ...(issuer && { [`${ARGUMENTS}.${issuer.index}`]: issuer.text }),
    },
  };
}

function header(distribution: 'k3s' | 'rke2'): string {
  const service = distribution === 'k3s' ? 'k3s' : 'rke2-server';
  return `For ${distribution}: copy this file to each server node, with the other files in ${DIRECTORY}, and restart the nodes one after the other.

  install -D -m 600 ${distribution}.yaml /etc/rancher/${distribution}/config.yaml.d/cwii.yaml
  systemctl restart ${service}

${GENERATED}`;
}
