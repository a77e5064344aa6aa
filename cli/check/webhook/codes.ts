// The codes of the category Webhook.

import type { CheckCodeDocs } from '../check-codes.ts';

export const webhookCodes = {
  'webhook-registered': {
    description: 'the webhook is registered',
    meaning:
      'The API server calls cwii only if a MutatingWebhookConfiguration has the webhook `pods.cwii.dev`. `cwii manifests` calls it `cwii`; for `cwii serve` it is `cwii-serve`, and any other name counts too. Without it pods start without identity, and nobody gets a message. A registration in the files of the API servers (`cwii manifests --static`) is not in the API: the check compares the digest of the files in the metrics of one API server, and if that is not possible it admits a pod as a dry run.',
    remedy:
      'Run `cwii manifests`, and apply `3-webhook/`, or with `--static` copy `static-webhooks/` to each control-plane node.',
  },
  'webhook-url': {
    description: "the API server calls the stack's URL",
    meaning:
      "The URL in the registration is compared with the one of the stack's outputs (`cdk-outputs.json`, or `--url`). A Function URL changes if the function is created again.",
    remedy: 'Run `cwii manifests` with the present outputs, and apply `3-webhook/`.',
  },
  'webhook-selectors': {
    description: 'the API server sends the requests that cwii.yaml selects',
    meaning:
      'The namespace selector, the rules and the match conditions of each webhook are compared with those that `cwii manifests` writes. Pods that a selector leaves out start without identity.',
    remedy: 'Run `cwii manifests`, and apply `3-webhook/`.',
  },
  'webhook-settings': {
    description: 'failure policy, timeouts and the rest of the registration are those of cwii.yaml',
    meaning:
      'All other fields of the registration are compared with those that `cwii manifests` writes. With another failure policy a failing call has another effect than cwii.yaml says.',
    remedy: 'Run `cwii manifests`, and apply `3-webhook/`, or change cwii.yaml.',
  },
  'webhook-access': {
    description: "the function's permissions are those of `cwii manifests`",
    meaning:
      'The function reads ServiceAccounts, namespaces and owners of pods. Without a permission it cannot decide on a pod, and the call fails.',
    remedy: 'Run `cwii manifests`, and apply `1-access/`.',
  },
  'webhook-flow-control': {
    description: "the function's reads have a priority level of their own",
    meaning:
      'Without the FlowSchema and the PriorityLevelConfiguration a burst of pods can occupy all seats of the API server, so that the reads that these pods wait for are too late.',
    remedy: 'Run `cwii manifests`, and apply `1-access/`.',
  },
  'webhook-policies': {
    description: 'the policies that require an identity are complete',
    meaning:
      'The policies of `cwii manifests --require` are optional. A policy without its binding has no effect; a policy that was changed rejects other pods than intended.',
    remedy: 'Run `cwii manifests --require`, and apply `4-require/`.',
  },
  'webhook-injecting-policies': {
    description: 'the policies that give identities are those of cwii.yaml',
    meaning:
      'The policies of `cwii manifests --policies` are applied in an incident, so they may be absent. If a policy or its binding exists, both are compared with those that `cwii manifests` writes: one without the other has no effect, and an outdated policy gives pods another identity than the webhook would.',
    remedy: 'Run `cwii manifests --policies`, and apply the named file of `5-policies/` or delete its objects.',
  },
  'webhook-namespaces': {
    description: 'namespaces that request an identity are sent to cwii',
    meaning:
      'With `webhook.namespaces: labelled` the API server sends only pods of namespaces with the label `cwii.dev/inject=enabled`. A ServiceAccount or namespace that requests an identity elsewhere has no effect. Without cwii.yaml, as with `cwii serve`, the namespace selector of the registration counts.',
    remedy: 'Set the label, and restart the workloads of the namespace.',
  },
  'webhook-reachable': {
    description: "the webhook's URL accepts connections",
    meaning:
      'This machine connects to the registered URL. If it cannot, the API server admits a pod as a dry run, to find out whether the URL is unreachable for it too. If only this machine cannot reach the URL, the check warns.',
    remedy: 'Check that the function or `cwii serve` runs, and its URL, DNS and proxies.',
  },
  'webhook-certificate': {
    description: "the API server accepts the webhook's certificate",
    meaning:
      'The served certificate is checked as the API server does: against `caBundle`, or the public CAs if there is none, and with the name in the URL. It also must not expire soon.',
    remedy: 'Register the CA of the served certificate (`cwii manifests --webhook-ca`), or renew the certificate.',
  },
  'webhook-answers': {
    description: 'the webhook is healthy',
    meaning:
      '`GET /healthz` answers 200 if the function has started with its configuration. If cwii.yaml has `function.allowedCallerCidrs` and Lambda answers 403, the address of this machine is not allowed: this check and those that follow are skipped, and the dry run shows that the API server reaches the webhook.',
    remedy: 'Look at the log of the function.',
  },
  'webhook-caller-token': {
    description: "cwii.yaml permits the API server's token",
    meaning:
      'The digest of the token in the file is compared with `callers.tokenSha256`, or its subject with `callers.subjects`. This tells nothing about the file on the control-plane nodes, which the dry run checks.',
    remedy: 'Name the right file with `--caller-token`, or add the digest with `cwii caller-token` and deploy.',
  },
  'webhook-authentication': {
    description: 'the webhook refuses unknown callers',
    meaning:
      'A call without a token must get HTTP 401. Otherwise everybody can ask which identities the pods of the cluster have.',
    remedy: 'Configure the digest of a token or path key, and remove `CWII_ALLOW_ANONYMOUS`.',
  },
  'webhook-review': {
    description: 'the webhook decides on a pod',
    meaning:
      "The check sends a review of a pod that is not created, with the API server's token. It passes if the TLS connection, the digest, the function's access to the cluster and its permissions are right.",
    remedy: 'Follow the message of the function; its log has the details.',
  },
  'webhook-dry-run': {
    description: 'the API server adds the identity to a pod',
    meaning:
      'The API server admits a pod that requests an identity, as a dry run: nothing is created. The result is compared with that of `cwii preview`; without cwii.yaml the pod only has to get an identity. If only this fails, the fault is on the control-plane nodes.',
    remedy: 'Check the caller token and the webhook kubeconfig on each control-plane node, and its network.',
  },
  'webhook-probe': {
    description: 'the API server can call the webhook',
    meaning:
      'Only with `--probe --yes`. A temporary MutatingWebhookConfiguration `cwii-check-probe` with the same URL and CA and failurePolicy Fail gets one dry run of a pod, and is deleted. Its message is that of the API server, also where failurePolicy Ignore hides it.',
    remedy: 'Correct the caller token, the network or the trusted CAs of the control-plane nodes.',
  },
  'webhook-dry-run-unlabelled': {
    description: 'a pod of a namespace without the label stays as it is',
    meaning:
      'The same dry run in a namespace that is not sent to cwii. An identity there means that another registration calls cwii.',
    remedy: 'Look for other registrations: `kubectl get mutatingwebhookconfigurations`.',
  },
  'webhook-failing-open': {
    description: 'no call of the webhook failed and let its pod through',
    meaning:
      "With failurePolicy Ignore the API server creates a pod without identity if the call fails, and only counts it. The counter (`apiserver_admission_webhook_fail_open_count`) begins at the API server's start. If there are none, the line shows how many pods were rejected instead, because the call failed or because cwii denied them (`apiserver_admission_webhook_rejection_count`). Other API servers of the control plane have counters of their own.",
    remedy:
      'Find the pods without identity with `cwii audit`, restart their workloads, and find the cause of the failed calls.',
  },
  'webhook-latency': {
    description: 'the webhook answers well before the timeout',
    meaning:
      "The API server's histogram of the calls since its start: more than one of twenty calls took nearly as long as the timeout or longer.",
    remedy: 'Look at cold starts, concurrency and the memory of the function, or raise `webhook.timeoutSeconds`.',
  },
} as const satisfies Record<string, CheckCodeDocs>;
