// Every code of a warning that the command line prints, with its documentation. The codes are stable.

import type { ErrorCodeDocs } from '../lib/common/error-codes.ts';

export const warningCodes = {
  'api-url-private': {
    meaning: 'The API server has a private address. The function can reach it only from a VPC.',
    remedy: 'Fill in `api.vpc` in cwii.yaml, or pass a public address with `--api-url`.',
  },
  'audit-incomplete': {
    meaning: '`cwii audit` could not read something that it can do without. The report is less exact.',
    remedy:
      'Ask for permission to read what the message names, correct the setting that names it, or pass the option of the message.',
  },
  'certificate-expires': {
    meaning:
      'The certificate of `cwii serve` ends within 14 days, or has ended. The API server then rejects the connection.',
    remedy:
      'Replace the files of `--tls-cert` and `--tls-key`. The server reads them again within ten seconds, without a restart. If another authority signs the new certificate, change `caBundle` in the webhook configuration first.',
  },
  'certificate-not-reloaded': {
    meaning:
      'The files of `--tls-cert` and `--tls-key` changed, but cannot be used together. The server uses the last pair, and reads the files again every ten seconds.',
    remedy: 'Write a certificate and its own private key, both in PEM.',
  },
  'cluster-not-read': {
    meaning:
      '`cwii serve` could not read the namespace `default` from the cluster. It tries again every ten seconds, and `/readyz` answers 503 until a read succeeds. The line has the cause and its code.',
    remedy: 'Follow the remedy of the code in `cause` (`cwii explain CODE`).',
  },
  'file-stale': {
    meaning:
      'The output folder has a file that `cwii manifests` did not write in this run. `kubectl apply -f` on the folder would apply it too.',
    remedy: 'Remove the file if it comes from an earlier run.',
  },
  'issuer-unreachable': {
    meaning: "Clouds cannot fetch the keys of the cluster's issuer, or would reject its URL.",
    remedy:
      'Let cwii publish an issuer with `--issuer-hosting`. Uploading the keys to the cloud is enough for Google Cloud only.',
  },
  'kubeconfig-not-applied': {
    meaning: 'The kubeconfig has an option for connections to the API server that the function does not support.',
    remedy: 'Follow the remedy in the message.',
  },
  'kubernetes-untested': {
    meaning: 'The Kubernetes version of the cluster is older or newer than those with which cwii is tested.',
    remedy:
      'Upgrade an older cluster. For a newer one use the newest cwii, and test pods in a namespace of their own first.',
  },
  'log-not-written': {
    meaning:
      'Standard output of `cwii serve` cannot be written, or its reader is too slow. Requests are still answered; their log lines are lost.',
    remedy: 'Check the program that reads the log, and the space on its disk.',
  },
  'manifest-left-out': {
    meaning:
      'A file in a directory has no objects for a cluster: a template of Helm that is not rendered, an input of Helm or kustomize, or a file of another program.',
    remedy: 'Pass the rendered objects: `helm template … | cwii preview -f -`, or `kubectl kustomize`.',
  },
  'metrics-failed': {
    meaning:
      'The metrics of `cwii serve` cannot be read, so a request for `/metrics` was answered with 500. Admissions are not affected.',
    remedy: 'Report the message as a defect of cwii, with its version.',
  },
  'mirror-pod': {
    meaning:
      'The pod is the mirror of a static pod. The webhook does not change it: the API server rejects mirror pods with ServiceAccount tokens.',
    remedy: 'None: static pods cannot get a cloud identity.',
  },
  'old-issuer-unknown': {
    meaning:
      "The cluster's current issuer could not be read. It is needed for running pods: the API server must still accept their tokens after the issuer changes.",
    remedy: 'Write the current issuer into `issuerHosting.oldIssuers` in cwii.yaml before you run `cwii manifests`.',
  },
  'operator-creates-pods': {
    meaning:
      'The files have custom resources, such as a Prometheus or an Alertmanager, for which an operator creates workloads. The pods of these are not in the files.',
    remedy: 'Add the workloads that the operator creates, as `kubectl get -o json` prints them.',
  },
  'owner-kind-unknown': {
    meaning: 'The files have a workload of a kind that cwii does not know, so its pods are not shown.',
    remedy: 'Add the kind to `CWII_OWNER_KINDS` (`settings.ownerKinds` in cwii.yaml).',
  },
  'owner-not-simulated': {
    meaning:
      'The files have objects of a kind that owns pods, but the pods are not created directly from a pod template in the object. Examples are a TaskRun of Tekton, a Rollout with `workloadRef`, and a Service of Knative. The objects still count as owners of pods in the files.',
    remedy: 'Add the pods themselves to the files, such as with `kubectl get pod -o yaml`.',
  },
  'kubernetes-version-unknown': {
    meaning:
      'An option of `cwii manifests` needs a newer Kubernetes version than cwii itself, and cwii.yaml does not have the version of the cluster. An older API server does not know the objects, or does not read the files.',
    remedy: 'Set `kubernetesVersion` in cwii.yaml to the version of the oldest API server.',
  },
  'sts-issuer-unusual': {
    meaning:
      'The issuer of `--sts-issuer` has another form than the issuers of AWS accounts. With a wrong one, the API server rejects the tokens of the function.',
    remedy:
      'Compare it with the output of `aws iam get-outbound-web-identity-federation-info`, and correct `credential.webIdentity.issuer` in cwii.yaml.',
  },
  'pods-not-marked': {
    meaning:
      '`settings.markPods` is not `true`, so the policies of `--require` cannot see what the webhook decided. They reject some pods that the webhook deliberately admits without identity.',
    remedy: 'Set `settings.markPods: true` and deploy before you apply 4-require/ (docs/cluster-side.md).',
  },
  'role-shared': {
    meaning:
      '`cwii trust` was called for some of the ServiceAccounts that request a role. Its output replaces the trust policy of the role, and the others could not assume it any more.',
    remedy: 'Name all ServiceAccounts that share the role in one command, or give each its own role.',
  },
  'secret-in-arguments': {
    meaning:
      'A secret was passed as an argument. Other users of the machine can see arguments, and the shell writes them to its history.',
    remedy: 'Pass the file that has the secret. Replace the secret if others use the machine.',
  },
  'shutdown-incomplete': {
    meaning:
      '`cwii serve` got SIGTERM or SIGINT, and eight seconds later there were still requests without an answer. Their connections were closed, and the `failurePolicy` of the webhook decided.',
    remedy:
      'Look for slow reads of the cluster in the log. A `timeoutSeconds` below 8 in the webhook configuration prevents it.',
  },
  'tls-handshake-failed': {
    meaning:
      'A client connected to `cwii serve` and the TLS handshake failed. At most ten lines a minute are logged; the metric `cwii_tls_handshake_failures_total` counts all.',
    remedy:
      'If the client is an API server, compare `caBundle` and the host of the URL in the webhook configuration with the certificate. Otherwise it may be a port scan.',
  },
  'web-identity-unsupported': {
    meaning:
      'The API server is too old for web identities: it needs structured authentication, which is on from Kubernetes 1.30.',
    remedy: 'Use the credential `secret`, or upgrade the cluster.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;

export type WarningCode = keyof typeof warningCodes;
