// Error codes of the command line `cwii`, and of cwii.yaml, which the constructs read too.

import type { ErrorCodeDocs } from './docs.ts';

export const cliErrors = {
  usage: {
    meaning: 'The command line has an unknown command or option, a missing option, or a value that is not accepted.',
    remedy: 'Run the command with `--help` to see its options.',
  },
  'code-unknown': {
    meaning: '`cwii explain` was called with a code that does not exist.',
    remedy: 'Run `cwii explain` to list all codes.',
  },
  'handler-failed': {
    meaning: 'The function threw an error while `cwii serve` handled a request. The caller got status 502.',
    remedy: 'Report it as a bug, with the stack trace from the log.',
  },
  'cluster-file-missing': {
    meaning: '`cwii.yaml` does not exist or cannot be read.',
    remedy: 'Run `cwii init`, or name another file with `--file`.',
  },
  'cluster-file-invalid': {
    meaning: '`cwii.yaml` has invalid entries. The message has one line for each, with line and column.',
    remedy: 'Correct each entry; `docs/cluster-file.md` describes every key.',
  },
  'cluster-file-by-hand': {
    meaning:
      '`cwii.yaml` is written in a way that the command cannot edit, such as with anchors or merge keys at that place.',
    remedy:
      'Edit the file as the message describes. To get a digest without a change of the file, run `cwii caller-token` without `--cluster`.',
  },
  'cluster-ambiguous': {
    meaning: '`cwii.yaml` has several clusters, and the command needs to know which one is meant.',
    remedy: 'Name one with `--cluster`.',
  },
  'cluster-unknown': {
    meaning: '`cwii.yaml` has no cluster with the given name.',
    remedy: 'Name one of the clusters that the message lists.',
  },
  'cluster-exists': {
    meaning: '`cwii init` would add a cluster whose name is already in `cwii.yaml`.',
    remedy: 'Choose another `--name`, edit the file, or replace the whole file, with all its clusters, with `--force`.',
  },
  'api-url-loopback': {
    meaning:
      'The kubeconfig reaches the API server at an address of this machine, which the function in AWS cannot reach.',
    remedy: 'Pass the external address with `--api-url`. The certificate of the API server must contain its host.',
  },
  'answer-invalid': {
    meaning: 'The value of an option of `cwii init` is invalid.',
    remedy: 'Correct the option that the message names.',
  },
  'answers-missing': {
    meaning:
      '`cwii init` cannot ask questions, because there is no terminal or `--yes` is set, and options for some answers are missing.',
    remedy: 'Add the options that the message lists.',
  },
  'answers-ended': {
    meaning: 'The input of `cwii init` ended before all questions were answered. Nothing was written.',
    remedy: 'Run the command again and answer every question, or pass the answers as options.',
  },
  'issuer-unknown': {
    meaning: "The cluster's discovery document does not name an issuer.",
    remedy: 'Name the issuer with `--issuer`.',
  },
  'issuer-unusable': {
    meaning: "Clouds cannot use the cluster's issuer, for example because it is not a public https URL.",
    remedy: 'Name an issuer that clouds can trust with `--issuer`, or let cwii publish one with `--issuer-hosting`.',
  },
  'kubectl-missing': {
    meaning: '`kubectl` is not installed or could not be run. cwii reads the kubeconfig and the cluster with it.',
    remedy: 'Install kubectl and add it to the PATH.',
  },
  'aws-failed': {
    meaning:
      'A call of the AWS CLI failed, or it was not made: the program or AWS credentials are missing. `cwii check` then skips what it needed.',
    remedy: 'Repeat the `aws` command in the message, and correct its credentials, region or permissions.',
  },
  'kubectl-failed': {
    meaning: 'A call of `kubectl` failed. The message has its last line of output.',
    remedy: 'Check the context and your permissions with the same kubectl command.',
  },
  'kubernetes-request-failed': {
    meaning:
      'The API server, or `kubectl proxy` between it and cwii, answered a request of the command line with an error. The message has the answer.',
    remedy: 'Repeat the request with `kubectl get --raw`, and check the context and your permissions.',
  },
  'trust-input-invalid': {
    meaning:
      '`cwii trust` cannot write a trust from its options, the cluster file and the ServiceAccount. The message says what is missing or invalid.',
    remedy: 'Annotate the ServiceAccount, or pass the option that the message names.',
  },
  'rollout-unfinished': {
    meaning:
      '`cwii audit --restart --yes` restarted a workload, and kubectl says that its rollout failed or took too long. The workloads after it were not restarted.',
    remedy:
      'Look at the pods and events of that workload, correct the cause, and run the command again: it restarts only what still lacks something.',
  },
  'rotation-unfinished': {
    meaning: 'The cluster already has two digests of caller tokens, so an earlier rotation was not finished.',
    remedy:
      'Finish it with `cwii caller-token --digest-of FILE --cluster NAME --only`, where FILE has the token that the API server uses now.',
  },
  'token-malformed': {
    meaning: 'The file does not contain a bearer token: one word of letters, digits and `-._~+/`.',
    remedy: 'Choose another file, or replace its content with a new token: `cwii caller-token --out FILE --force`.',
  },
  'file-unreadable': {
    meaning: 'A file that an option names cannot be read, or does not have the expected content.',
    remedy: 'Correct the path or its permissions.',
  },
  'file-unwritable': {
    meaning: 'A file cannot be written.',
    remedy: 'Choose another path, or correct the permissions of the folder.',
  },
  'file-exists': {
    meaning: 'The command would overwrite a file with a secret.',
    remedy: 'Choose another path, or overwrite it with `--force`.',
  },
  'outputs-unreadable': {
    meaning: 'The file with the outputs of the deployed stack cannot be read, or is not JSON.',
    remedy:
      'Deploy with `cdk deploy --outputs-file cdk-outputs.json`. Without CDK, write the file as `docs/deploying-otherwise.md` shows.',
  },
  'output-missing': {
    meaning:
      'The file with the outputs of the deployed stacks does not have the stack of this cluster, or one of its outputs.',
    remedy: 'Deploy the stack again with `--outputs-file`, or pass the value with the option that the message names.',
  },
  'manifest-input-invalid': {
    meaning:
      'A manifest cannot be generated from `cwii.yaml` and the outputs of the stack. The message says which value is invalid.',
    remedy: 'Correct the value, or use the outputs of the deployed stack unchanged.',
  },
  'manifest-invalid': {
    meaning:
      'A file given to `cwii preview` is missing, is not YAML or JSON, or an object in it is not a Kubernetes object.',
    remedy: 'Correct the file at the place that the message names.',
  },
  'namespace-unknown': {
    meaning: '`cwii audit -n` names a namespace that the cluster does not have, or of which the files have no object.',
    remedy: 'Correct the name, or leave out `-n`.',
  },
  'nothing-to-preview': {
    meaning:
      'The files given to `cwii preview` contain neither a Pod nor a workload whose pods can be shown. Warnings name workloads that cannot be simulated, such as a Service of Knative.',
    remedy:
      'Add a Pod or a workload to the files, or pass the running pods: `kubectl get pod -o yaml | cwii preview -f -`.',
  },
  'listen-failed': {
    meaning: '`cwii serve` cannot listen on the given host and port.',
    remedy: 'Choose a free port; ports below 1024 need privileges.',
  },
  'tls-invalid': {
    meaning: 'The certificate and key given to `cwii serve` cannot be used together.',
    remedy: 'Pass the certificate and its own private key, both in PEM.',
  },
  'bundle-missing': {
    meaning: "`cwii serve` did not find the function's bundle.",
    remedy: 'In a checkout, run `npm run build` first. Otherwise install cwii again.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;
