// The codes of the category Cluster.

import type { CheckCodeDocs } from '../check-codes.ts';

export const clusterCodes = {
  'cluster-reachable': {
    description: 'the API server answers',
    meaning:
      '`cwii check` asks the API server for its version, through kubectl and the context that you chose. Without an answer nothing else of the cluster can be checked.',
    remedy: 'Run `kubectl version` with the same `--kubeconfig` and `--context`, and follow its message.',
  },
  'cluster-version': {
    description: 'cwii supports its Kubernetes version',
    meaning:
      'The version of the API server is compared with those on which cwii is tested, and with `kubernetesVersion` in cwii.yaml. `cwii manifests` writes files for that version, and an API server does not start with an AuthenticationConfiguration of a version that it does not know.',
    remedy: 'Upgrade the cluster or cwii, and write the version of the oldest API server into cwii.yaml.',
  },
  'cluster-context': {
    description: 'the context is the cluster of cwii.yaml',
    meaning:
      "The URL and the CA of the kubeconfig's context, and the issuer that the API server signs, are compared with `api.url`, `api.ca` and `issuer` in cwii.yaml. One of them must be the same. Otherwise you would check one cluster with the configuration of another one. If this check fails, the other categories are skipped.",
    remedy: "Choose the cluster's context with `--context`, or its entry in cwii.yaml with `--cluster`.",
  },
  'cluster-ca': {
    description: 'api.ca verifies the certificate of api.url',
    meaning:
      'A connection from this machine to `api.url` is verified with `api.ca` of cwii.yaml, as the function does. No credential is sent. With another CA or another name in the certificate the function cannot read the cluster. The check is skipped if this machine cannot reach the address.',
    remedy:
      "Write the CA that signed the API server's certificate into `api.ca`, and a name that the certificate has into `api.url`. Then deploy.",
  },
  'cluster-permissions': {
    description: 'the permissions of your user are known',
    meaning:
      'SelfSubjectAccessReviews tell which of the objects that `cwii check` reads your user may read. The check passes in any case: it names the permissions that are missing, and the checks that need them are skipped.',
    remedy: 'Use a context whose user may read these objects, such as that of a cluster administrator.',
  },
} as const satisfies Record<string, CheckCodeDocs>;
