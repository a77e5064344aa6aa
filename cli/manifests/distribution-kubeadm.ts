// kubeadm: the ClusterConfiguration, from which it writes the API server's static pod.

import { apiServerFlags } from './api-server-flags.ts';
import { toCommentedYaml } from './commented-yaml.ts';
import { GENERATED } from './generated-file.ts';
import { DIRECTORY } from './names.ts';
import { issuerComment, type Placement } from './placement.ts';

const HEADER = `For kubeadm: what to add to the ClusterConfiguration (v1beta4, kubeadm 1.31 and newer; before that extraArgs is a map, which cannot name an issuer twice: then edit /etc/kubernetes/manifests/kube-apiserver.yaml instead).

  kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > cluster-configuration.yaml
  # add what stands below to cluster-configuration.yaml: extraArgs and extraVolumes are lists, and yours stay
  kubeadm init phase upload-config kubeadm --config cluster-configuration.yaml
  # on each control-plane node, one after the other, with the files in ${DIRECTORY}:
  kubeadm init phase control-plane apiserver --config cluster-configuration.yaml

The last command advertises the address of the node's default route. Where a node has another (--advertise-address in /etc/kubernetes/manifests/kube-apiserver.yaml), add to its copy of the file:

  ---
  apiVersion: kubeadm.k8s.io/v1beta4
  kind: InitConfiguration
  localAPIEndpoint:
    advertiseAddress: ADDRESS

${GENERATED}`;

export function kubeadm(placement: Placement): string {
  const flags = apiServerFlags(placement);
  const issuer = issuerComment(flags, placement);
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
        'apiServer.extraVolumes.0': 'The directory, not single files: a file that is replaced is then seen.',
      },
    },
  ]);
}
