// The part of the README about pods that get no identity: which message has which cause.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { CALLER_TOKEN, WEBHOOK_KUBECONFIG } from './admission-configuration.ts';
import { ACCESS, WEBHOOK } from './generated-file.ts';
import { DIRECTORY, STATIC_WEBHOOKS } from './names.ts';
import { RENEWAL_UNITS } from './service-account-caller.ts';

/** @param isStatic whether the registration is a file of the API servers. */
export function diagnosis(cluster: Cluster, isStatic: boolean): string {
  const rows = diagnosisRows(cluster, isStatic).map((row) => `| ${row.join(' | ')} |`);
  return `${SEEING[cluster.webhook.failurePolicy]}

| Message | Cause | Remedy |
| --- | --- | --- |
${rows.join('\n')}`;
}

/** How to see the messages of the API server. */
const SEEING = {
  Fail: `\`cwii check\` finds the cause, and \`cwii check pod NAMESPACE/NAME\` that of one pod (docs/troubleshooting.md of cwii).
\`kubectl create --dry-run=server -f pod.yaml\` shows what the API server says about the call. The pods of a workload are
not created: \`kubectl get events\` has the message.`,
  Ignore: `\`cwii check\` finds the cause, and \`cwii check pod NAMESPACE/NAME\` that of one pod (docs/troubleshooting.md of cwii).
The failurePolicy is Ignore: if the call fails, the pod is created without identity and nobody gets a message. The check
counts the pods that were let through. The API server's log has the reason after "failing open".`,
} as const;

function diagnosisRows(
  { callers, credential, webhook }: Cluster,
  isStatic: boolean,
): readonly (readonly [string, string, string])[] {
  const apply = (path: string) => `\`kubectl apply -f ${path}/\``;
  const registerAgain = isStatic
    ? `compare the files in \`${DIRECTORY}/${STATIC_WEBHOOKS}/\` of every control-plane node, and look for \`admission manifest config\` in the log of the API server`
    : `repeat ${apply(WEBHOOK)}`;
  return [
    [
      'no message, no line in the log of the function',
      'The API server does not send the pod',
      webhook.namespaces === 'labelled'
        ? `Label the namespace: \`cwii.dev/inject=enabled\`. Then ${registerAgain}`
        : `${registerAgain[0]?.toUpperCase()}${registerAgain.slice(1)}`,
    ],
    [
      '`x509: certificate signed by unknown authority`, or `x509: certificate is valid for …`',
      "The `caBundle` of the webhook is not the CA of the certificate at the webhook's URL, or the certificate has another name",
      'Run `cwii manifests` with `--webhook-ca` for the current CA; without it, for a certificate of a public CA',
    ],
    callers.tokenSha256.length > 0
      ? [
          '`failed to call webhook: unauthorized` (HTTP 401 from the function)',
          `The API server sent no token, or one whose digest is not in cwii.yaml`,
          `On each node compare \`${CALLER_TOKEN}\` with cwii.yaml: \`tr -d '\\n' < ${CALLER_TOKEN} \\| sha256sum\`. The user in \`${WEBHOOK_KUBECONFIG}\` must be the \`host:port\` of the webhook's URL`,
        ]
      : callers.subjects.length > 0
        ? [
            '`failed to call webhook: unauthorized` (HTTP 401 from the function)',
            'The API server sent no token, or one that is not valid. `caller` in the log line of the function has the reason',
            `On each node: \`systemctl status ${RENEWAL_UNITS[0]}\`. The user in \`${WEBHOOK_KUBECONFIG}\` must be the \`host:port\` of the webhook's URL`,
          ]
        : [
            '`failed to call webhook: unauthorized` (HTTP 401 from the function)',
            "The path key in the webhook's URL is not the one whose digest is in cwii.yaml",
            'Run `cwii manifests` with `--path-key` for the current key',
          ],
    ...(credential.none
      ? []
      : ([
          [
            "`the API server rejected the function's token (HTTP 401)`",
            'The call was accepted, but the function cannot log in to the cluster to read annotations',
            credential.secret
              ? 'The token in Secrets Manager has expired or is from another cluster: store a new one (docs/cluster-credential.md)'
              : credential.webIdentity
                ? "Check `authentication-configuration.yaml` on every node. The API server's log has the rule that failed"
                : 'Merge `map-roles.yaml` into the configuration of aws-iam-authenticator',
          ],
          ["`the function's user is not allowed to read it (HTTP 403)`", 'Permissions are missing', apply(ACCESS)],
          [
            '`cannot be verified with CWII_KUBE_CA`',
            "`api.ca` in cwii.yaml is not the CA of the API server's certificate",
            'Correct `api.ca`, and deploy',
          ],
        ] as const)),
  ];
}
