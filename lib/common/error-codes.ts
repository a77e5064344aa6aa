// Every code of an error with its documentation. The codes are stable, because logs and scripts use them.

export interface ErrorCodeDocs {
  /** What happened, and why. */
  readonly meaning: string;
  readonly remedy: string;
}

export const errorCodes = {
  'answer-invalid': {
    meaning: 'An option or an answer of `cwii init` has a value that cwii.yaml would not accept.',
    remedy: 'Use a value of the form that the message describes.',
  },
  'answers-ended': {
    meaning: 'The questions of `cwii init` were interrupted by Ctrl-C or Ctrl-D. Nothing was written.',
    remedy: 'Run `cwii init` again, or pass the answers as options.',
  },
  'answers-missing': {
    meaning: '`cwii init` needs answers, but cannot ask: there is no terminal, or `--yes` was passed.',
    remedy: 'Pass the options that the message lists.',
  },
  'audience-invalid': {
    meaning: 'An IAM identity provider takes 1 to 100 audiences, each of 1 to 255 characters without white space.',
    remedy: 'Correct the `audiences` of the construct.',
  },
  'audience-unknown': {
    meaning:
      'The identity provider of a `WorkloadRole` does not accept the audience of the role, so no pod could assume it.',
    remedy: "Add the audience to the identity provider's `audiences`, or use another audience for the role.",
  },
  'bundle-missing': {
    meaning: '`cwii serve` runs the built function, and the function has not been built.',
    remedy: 'Run `npm run build` in a checkout. Reinstall the package `cwii` otherwise.',
  },
  'bundle-not-built': {
    meaning: 'A stack deploys the built functions, and one of them has not been built.',
    remedy: 'Run `npm run build` in a checkout. Reinstall the package `cwii` otherwise.',
  },
  'certificate-region': {
    meaning: 'The certificate for the issuer is not in us-east-1. CloudFront uses certificates of that region only.',
    remedy: 'Request the certificate in us-east-1.',
  },
  'cluster-ambiguous': {
    meaning: 'The cluster file describes several clusters, and the command handles one.',
    remedy: 'Name the cluster with `--cluster`.',
  },
  'cluster-exists': {
    meaning: 'The cluster file already has a cluster with this name.',
    remedy: 'Choose another `--name`, edit the file, or replace the file with `--force`.',
  },
  'cluster-file-by-hand': {
    meaning:
      'The command cannot find the place in cwii.yaml for its change: the list is in brackets, or is shared through an anchor.',
    remedy: 'Make the change in an editor.',
  },
  'cluster-file-invalid': {
    meaning: 'cwii.yaml is not valid. Each line of the message is one problem, with its line, column and key.',
    remedy: 'Correct the keys; docs/cluster-file.md documents each of them.',
  },
  'cluster-file-missing': {
    meaning: 'cwii.yaml does not exist, or cannot be read.',
    remedy: 'Run `cwii init` to write the file, or name another one with `--file`.',
  },
  'cluster-unknown': {
    meaning: 'The cluster file has no cluster with this name.',
    remedy: 'Use one of the names in the message.',
  },
  'code-unknown': {
    meaning: '`cwii explain` was called with a code that does not exist.',
    remedy: 'Run `cwii explain` to list all codes.',
  },
  'config-invalid': {
    meaning: 'An environment variable of cwii is missing, unknown or invalid, so the function cannot start.',
    remedy: 'Correct the variables in the message; docs/configuration.md documents each of them.',
  },
  'deadline-margin-short': {
    meaning:
      "Lambda stops the function one second before the webhook's timeout. With a shorter margin the function would be stopped before it answers.",
    remedy: 'Set `CWII_DEADLINE_MARGIN_MS` to 1000 or more.',
  },
  'environment-too-large': {
    meaning: "A Lambda function's environment variables may take 4 KB in total, and the stack's take more.",
    remedy: 'Shorten the variables in the message, usually the CA bundle or the guard rails.',
  },
  'file-exists': {
    meaning: 'The output file already exists, and the command does not overwrite it.',
    remedy: 'Choose another name, or overwrite the file with `--force`.',
  },
  'file-unreadable': {
    meaning: 'A file that an option names does not exist, cannot be read, or has unexpected content.',
    remedy: 'Correct the path, the permissions or the content.',
  },
  'file-unwritable': {
    meaning: 'The output file or directory cannot be written.',
    remedy: 'Choose another path, or correct the permissions.',
  },
  'handler-failed': {
    meaning: 'The function threw an error while `cwii serve` handled a request. The caller got status 502.',
    remedy: 'This is a defect of cwii. Report it with the stack trace.',
  },
  'hosted-zone-other': {
    meaning: "The issuer's host is not in the hosted zone that was passed for its alias records.",
    remedy: 'Pass the zone that contains the host, or none.',
  },
  'issuer-config-invalid': {
    meaning: 'The issuer function could not start with the configuration that the stack would give it.',
    remedy: 'Correct the properties that the message names.',
  },
  'issuer-host-not-served': {
    meaning:
      "CloudFront cannot serve the issuer's host: it serves its own names with its own certificate, and other names only with yours.",
    remedy: 'Set a certificate for a host on your own domain, and none for a name of CloudFront.',
  },
  'issuer-invalid': {
    meaning: 'The issuer URL has a form that clouds reject, or treat as a different issuer.',
    remedy: "Write https://HOST[/PATH], exactly as in the API server's `--service-account-issuer`.",
  },
  'issuer-unknown': {
    meaning: "The cluster's discovery document does not contain an issuer.",
    remedy: 'Name the issuer with `--issuer`.',
  },
  'issuer-unknown-at-synth': {
    meaning:
      'The issuer is a token that CDK resolves at deployment. Trust policies contain the issuer in their condition keys, so it must be known at synth.',
    remedy: 'Pass the URL as a string.',
  },
  'issuer-unusable': {
    meaning: "Clouds cannot use the cluster's issuer, and no other issuer was chosen.",
    remedy: 'Name the issuer that clouds trust with `--issuer`, or let cwii publish one with `--issuer-hosting`.',
  },
  'kubectl-failed': {
    meaning: '`cwii init` reads the kubeconfig and the cluster through kubectl, and a kubectl command failed.',
    remedy: 'Run the command from the message yourself and correct what it reports.',
  },
  'kubectl-missing': {
    meaning: '`cwii init` reads the kubeconfig and the cluster through kubectl, which cannot be started.',
    remedy: 'Install kubectl, or add it to the PATH.',
  },
  'listen-failed': {
    meaning: '`cwii serve` cannot listen on the address and port.',
    remedy: 'Choose another `--port` or `--host`.',
  },
  'manifest-input-invalid': {
    meaning: 'The cluster file, the stack outputs or an option have a value from which no manifest can be generated.',
    remedy: 'Correct the value that the message names.',
  },
  'manifest-invalid': {
    meaning: 'A file for `cwii preview` has no Kubernetes objects, or an object that the API server would reject.',
    remedy: 'Correct the file at the place that the message names.',
  },
  'namespace-invalid': {
    meaning: 'A namespace in `pods` of a `WorkloadRole` is not a valid name. A `*` would widen the trust unnoticed.',
    remedy: 'Write the name of a namespace.',
  },
  'nothing-to-preview': {
    meaning: 'The files have no Pod and no workload that creates Pods.',
    remedy: 'Add the file with the Pod, Deployment or other workload.',
  },
  'output-missing': {
    meaning:
      'The file with the stack outputs does not contain the stack or the output. It may be from an older deployment.',
    remedy: 'Deploy with `--outputs-file` again. For a webhook without a stack, pass `--url`.',
  },
  'outputs-unreadable': {
    meaning: 'The file with the stack outputs does not exist, cannot be read, or is not JSON.',
    remedy: 'Deploy with `--outputs-file`. Without CDK, write the file as docs/deploying-otherwise.md shows.',
  },
  'package-incomplete': {
    meaning: 'The package `cwii` has no package.json, so its files cannot be found.',
    remedy: 'Reinstall the package.',
  },
  'rotation-unfinished': {
    meaning:
      'The cluster has two digests, the maximum, because an earlier rotation of the caller token has not been finished.',
    remedy: 'Finish it with `cwii caller-token --digest-of FILE --cluster NAME --only`, with the token in use.',
  },
  'schedule-invalid': {
    meaning: 'A scheduled function can run every 1 minute to 6 hours.',
    remedy: 'Choose an interval in that range.',
  },
  'secret-arn-partial': {
    meaning:
      'The secret was imported without the six characters at the end of its ARN. The permission to read it would need a wildcard.',
    remedy: 'Import it with `Secret.fromSecretCompleteArn`.',
  },
  'service-account-invalid': {
    meaning:
      'A ServiceAccount in `pods` of a `WorkloadRole` is not a valid name. A `*` would widen the trust unnoticed.',
    remedy: 'Write the name of a ServiceAccount, or `allServiceAccounts: true` for all of the namespace.',
  },
  'setting-twice': {
    meaning: 'The `settings` of the webhook contain a variable that its other properties set to another value.',
    remedy: 'Remove the variable from `settings`.',
  },
  'setting-unknown-at-synth': {
    meaning: 'A setting is a token that CDK resolves at deployment, so it cannot be validated at synth.',
    remedy: 'Pass the value as a string.',
  },
  'thumbprint-invalid': {
    meaning: 'An IAM identity provider takes at most five thumbprints of 40 hex digits without colons.',
    remedy: 'Correct the `thumbprints` of the construct.',
  },
  'tls-invalid': {
    meaning: 'The certificate and the key of `cwii serve` are not PEM, or do not belong together.',
    remedy: 'Pass the certificate chain and its private key, both in PEM.',
  },
  'token-malformed': {
    meaning: 'The file does not contain a bearer token: a single word of letters, digits and `-._~+/`.',
    remedy: 'Make a token with `cwii caller-token --out FILE`.',
  },
  'token-rotation-config-invalid': {
    meaning: 'The token rotation function could not start with the configuration that the stack would give it.',
    remedy: 'Correct the properties that the message names.',
  },
  usage: {
    meaning: 'The command line has an unknown command or option, a missing option, or a value that is not accepted.',
    remedy: 'Run the command with `--help` to see its options.',
  },
  'webhook-config-invalid': {
    meaning: 'The webhook function could not start with the configuration that the stack would give it.',
    remedy: 'Correct the properties or settings that the message names.',
  },
  'webhook-timeout-invalid': {
    meaning:
      'Kubernetes accepts a webhook timeout of at most 30 seconds, and the function needs one second less than the webhook.',
    remedy: 'Choose a `webhookTimeout` of 2 to 30 seconds.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;

export type ErrorCode = keyof typeof errorCodes;
