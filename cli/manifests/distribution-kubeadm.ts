// Additions to the ClusterConfiguration of kubeadm, from which it writes the API server's static pod.

import { apiServerFlags, issuerComment, type SnippetInput } from './api-server-flags.ts';
import { toCommentedYaml } from './commented-yaml.ts';
import { GENERATED } from './generated-file.ts';
import { DIRECTORY } from './names.ts';

const HEADER = `For kubeadm: additions to the ClusterConfiguration. They are for v1beta4 (kubeadm 1.31 and newer). In earlier versions extraArgs is a map, which cannot contain two issuers: edit /etc/kubernetes/manifests/kube-apiserver.yaml instead.

  kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > cluster-configuration.yaml
  # add the content below to cluster-configuration.yaml; keep your own entries of extraArgs and extraVolumes
  kubeadm init phase upload-config kubeadm --config cluster-configuration.yaml
  # on each control-plane node, one after the other, with the files in ${DIRECTORY}:
  kubeadm init phase control-plane apiserver --config cluster-configuration.yaml

The last command advertises the address of the node's default route. If a node uses another address (--advertise-address in /etc/kubernetes/manifests/kube-apiserver.yaml), add this to its copy of the file:

  ---
  apiVersion: kubeadm.k8s.io/v1beta4
  kind: InitConfiguration
  localAPIEndpoint:
    advertiseAddress: ADDRESS

${GENERATED}`;

export function kubeadm(input: SnippetInput): string {
  const flags = apiServerFlags(input);
  const issuer = issuerComment(flags, input);
  return toCommentedYaml(HEADER, [
    {
      object: {
        apiVersion: 'kubeadm.k8s.io/v1beta4',
        kind: 'ClusterConfiguration',
        apiServer: {
          extraArgs: flags.map(([name, value]) => ({ name, value })),
          extraVolumes: [
            { name: 'cwii', hostPath: DIRECTORY, mountPath: DIRECTORY, readOnly: true, pathType: 'Directory' },
          ],
        },
      },
      comments: {
        ...(issuer && { [`apiServer.extraArgs.${issuer.index}`]: issuer.text }),
        'apiServer.extraVolumes.0':
          'Mounts the directory and not single files, so that the API server sees a replaced file.',
      },
    },
  ]);
}
