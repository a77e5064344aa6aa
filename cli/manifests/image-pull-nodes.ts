// Where the kubelet's plugins for image pulls go on the nodes of each distribution.

import { toCommentedYaml } from './commented-yaml.ts';
import { type Distribution, distributions } from './distribution.ts';
import { GENERATED, type GeneratedFile, NODES } from './generated-file.ts';

export const CREDENTIAL_PROVIDERS = 'credential-providers.yaml';

/** The directories of the kubelet's plugins, and of their configuration. */
const DIRECTORY = '/etc/kubernetes/credential-providers';
const BIN_DIRECTORY = '/usr/local/lib/kubelet-credential-providers';
const CONFIG_FLAG = 'image-credential-provider-config';
const BIN_FLAG = 'image-credential-provider-bin-dir';

export interface NodeInput {
  /** The plugins, which the administrator installs. */
  readonly programs: readonly string[];
  /** The CredentialProviderConfig. */
  readonly config: object;
}

type Snippet = (input: NodeInput) => { readonly header: string; readonly object: object };

const snippets: Readonly<Record<Distribution, Snippet>> = {
  kubeadm: ({ programs }) => ({
    header: `For kubeadm: on each node, and in its InitConfiguration or JoinConfiguration for new nodes.

${install(programs, BIN_DIRECTORY, DIRECTORY)}
  # add both flags to KUBELET_KUBEADM_ARGS in /var/lib/kubelet/kubeadm-flags.env:
  #   --${CONFIG_FLAG}=${DIRECTORY}/${CREDENTIAL_PROVIDERS}
  #   --${BIN_FLAG}=${BIN_DIRECTORY}
  systemctl restart kubelet`,
    object: {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'JoinConfiguration',
      nodeRegistration: {
        kubeletExtraArgs: [
          { name: CONFIG_FLAG, value: `${DIRECTORY}/${CREDENTIAL_PROVIDERS}` },
          { name: BIN_FLAG, value: BIN_DIRECTORY },
        ],
      },
    },
  }),
  k3s: ({ programs }) => rancher('k3s', programs, 'systemctl restart k3s        # k3s-agent on agents'),
  rke2: ({ programs }) => rancher('rke2', programs, 'systemctl restart rke2-server        # rke2-agent on agents'),
  talos: ({ programs, config }) => ({
    header: `For Talos: a patch for all nodes.

  talosctl --nodes NODE patch machineconfig --patch @talos.yaml

The kubelet takes the programs from /usr/local/lib/kubelet/credentialproviders, where only a system extension can put them: ${programs.join(', ')}. A configuration with the separate documents of Talos 1.14 has the same content in KubeCredentialProviderConfig, below configuration.`,
    object: { machine: { kubelet: { credentialProviderConfig: config } } },
  }),
};

function rancher(distribution: 'k3s' | 'rke2', programs: readonly string[], restart: string) {
  const directory = '/var/lib/rancher/credentialprovider';
  return {
    header: `For ${distribution}: on each server and agent node. These are the paths that ${distribution} uses without flags.

${install(programs, `${directory}/bin`, directory, 'config.yaml')}
  install -D -m 600 ${distribution}.yaml /etc/rancher/${distribution}/config.yaml.d/cwii-image-pulls.yaml
  ${restart}`,
    object: {
      [CONFIG_FLAG]: `${directory}/config.yaml`,
      [BIN_FLAG]: `${directory}/bin`,
    },
  };
}

function install(programs: readonly string[], bin: string, directory: string, name = CREDENTIAL_PROVIDERS): string {
  return [
    ...programs.map((program) => `  install -D -m 755 ${program} ${bin}/${program}`),
    `  install -D -m 644 ${CREDENTIAL_PROVIDERS} ${directory}/${name}`,
  ].join('\n');
}

export function nodeSnippets(input: NodeInput, distribution: Distribution | undefined): readonly GeneratedFile[] {
  return (distribution ? [distribution] : distributions).map((one) => {
    const { header, object } = snippets[one](input);
    return {
      path: `${NODES}/${one}.yaml`,
      purpose: `Where these files and the plugins go on the nodes of ${one}.`,
      text: toCommentedYaml(`${header}\n\n${GENERATED}`, [{ object }]),
    };
  });
}
