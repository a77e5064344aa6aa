// k3s and RKE2: a drop-in beside their config.yaml. k3s runs the API server on the node itself, RKE2 as a static pod.

import { ADMISSION_CONFIGURATION, apiServerFlags, type Flag, type FlagNeeds } from './api-server-flags.ts';
import { toCommentedYaml } from './commented-yaml.ts';
import { GENERATED } from './generated-file.ts';
import { DIRECTORY } from './names.ts';
import { issuerComment, type Placement } from './placement.ts';

/** With the plus the list is added to those of config.yaml and of other drop-ins. */
const ARGUMENTS = 'kube-apiserver-arg+';

export function k3s(placement: Placement): string {
  return toCommentedYaml(header('k3s'), [withArguments(placement)]);
}

export function rke2(placement: Placement): string {
  const { object, comments } = withArguments({ ...placement, admission: false });
  return toCommentedYaml(header('rke2'), [
    {
      object: {
        ...object,
        ...(placement.admission && {
          'pod-security-admission-config-file': `${DIRECTORY}/${ADMISSION_CONFIGURATION}`,
        }),
        'kube-apiserver-extra-mount+': [`${DIRECTORY}:${DIRECTORY}:ro`],
      },
      comments: {
        ...comments,
        ...(placement.admission && {
          'pod-security-admission-config-file': `RKE2 sets --admission-control-config-file itself, from this. Its own file has the plugin PodSecurity: copy that entry from /etc/rancher/rke2/rke2-pss.yaml below \`plugins\` of ${ADMISSION_CONFIGURATION} first.`,
        }),
        'kube-apiserver-extra-mount+': 'The directory, not single files: a file that is replaced is then seen.',
      },
    },
  ]);
}

/**
 * k3s, and RKE2 with it, leaves out its own `--anonymous-auth=false` where it is given an AuthenticationConfiguration
 * (k3s, pkg/daemons/control/server.go), and the API server's default is true: the file alone would let anonymous
 * requests in.
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
          'As it is so far, unless you set it: newer releases no longer do so themselves where there is an AuthenticationConfiguration.',
      }),
      ...(issuer && { [`${ARGUMENTS}.${issuer.index}`]: issuer.text }),
    },
  };
}

function header(distribution: 'k3s' | 'rke2'): string {
  const service = distribution === 'k3s' ? 'k3s' : 'rke2-server';
  return `For ${distribution}: put it on each server node, with the files in ${DIRECTORY}, and restart one after the other.

  install -D -m 600 ${distribution}.yaml /etc/rancher/${distribution}/config.yaml.d/cwii.yaml
  systemctl restart ${service}

${GENERATED}`;
}
