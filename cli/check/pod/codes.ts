// The codes of the category Pod.

import type { CheckCodeDocs } from '../check-codes.ts';

export const podCodes = {
  'pod-found': {
    description: 'the pod exists',
    meaning: '`cwii check pod NAMESPACE/NAME` reads the pod as it runs.',
    remedy: 'List the pods of the namespace with `kubectl get pods -n NAMESPACE`.',
  },
  'pod-sent': {
    description: 'the API server sends the pod to cwii',
    meaning:
      'The API server sends pods of labelled namespaces, or of all namespaces, and never those of system namespaces and of static pods.',
    remedy: 'Set the label `cwii.dev/inject=enabled` on the namespace, and create the pod again.',
  },
  'pod-requests': {
    description: 'an identity is requested for the pod',
    meaning:
      'The annotations are read from the pod, its owners, its ServiceAccount and its namespace, as the webhook does. A role on another ServiceAccount than the one of the pod has no effect.',
    remedy: 'Annotate the ServiceAccount of the pod, or set `serviceAccountName`.',
  },
  'pod-identity': {
    description: 'the pod has what a new pod would get',
    meaning:
      'An identity is set when a pod is created, and never changes. A pod that is older than the annotation, the label or the registration does not have it; nor does one of an old ReplicaSet, or one that was created while the webhook did not answer.',
    remedy: 'Restart the workload: `kubectl rollout restart`.',
  },
  'pod-findings': {
    description: 'nothing is wrong with the annotations and containers of the pod',
    meaning:
      'The findings of the webhook for this pod: invalid or misspelt annotations, static keys, own identities of containers, and conflicts of volumes, mounts and resources.',
    remedy: 'Look up the code of the finding with `cwii explain CODE`.',
  },
  'pod-env-from': {
    description: 'no ConfigMap or Secret sets other credentials',
    meaning:
      'The webhook cannot see variables from `envFrom`. The check reads the names of the keys from the managed fields of the object, without the values: of ConfigMaps always, of Secrets only with `--secrets`. SDKs prefer static keys to the injected identity.',
    remedy: 'Remove the keys from the ConfigMap or Secret.',
  },
  'pod-runs': {
    description: 'the kubelet runs the pod and the containers of cwii',
    meaning:
      'A container that cwii adds runs before the application. If it is killed without enough memory, or its image cannot be pulled, the application does not start. The check also shows that the kubelet evicted the pod or had no resources for it, with its QoS class, and that no node takes it: a container of cwii can have larger requests than the application.',
    remedy: 'Follow the message. `docs/annotations.md` has the resources of the containers that cwii adds.',
  },
  'pod-mounts': {
    description: 'the kubelet can mount the volumes of cwii',
    meaning: 'The warnings of the kubelet about the volumes of cwii, from the events of the pod.',
    remedy: 'Follow the message of the event. The API server must accept token requests of the node.',
  },
  'pod-verify': {
    description: 'the verify containers have succeeded',
    meaning:
      'With `cwii.dev/aws-verify` and its siblings an init container exchanges the token before the application starts. Its exit code and the last line of its log show why the cloud refuses the identity.',
    remedy: 'Run `cwii check serviceaccount NAMESPACE/NAME`, and correct the trust of the cloud.',
  },
  'pod-logs': {
    description: 'the logs have no credential errors',
    meaning:
      'With `--logs` the last 500 lines of each container, also of init containers, and of its run before a restart, are searched for the errors that SDKs write. Only the words that were found are shown.',
    remedy: 'Run `cwii check serviceaccount NAMESPACE/NAME`, then look at the permissions of the role.',
  },
} as const satisfies Record<string, CheckCodeDocs>;
