// The API server as a ServiceAccount: a fresh token for the webhook on each control-plane node, in place of a
// token that does not change.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { CALLER_TOKEN, webhookUser } from './admission-configuration.ts';
import type { Commented } from './commented-yaml.ts';
import { CONTROL_PLANE, GENERATED, type GeneratedFile, yamlFile } from './generated-file.ts';
import { CALLER_TOKEN_USER, DIRECTORY } from './names.ts';
import { namespaceObject, RBAC, type ServiceAccountName, serviceAccountObject, tokenAccess } from './rbac-objects.ts';

/** Seconds. Nothing on the control plane is a secret for longer. */
const LIFETIME_SECONDS = 3600;
/** A token is renewed when two thirds of its lifetime are left, so that two failures in a row do no harm. */
const RENEWAL = '20min';

export const RENEWAL_SCRIPT = 'cwii-caller-token';
export const RENEWAL_UNITS = [
  'cwii-caller-token.service',
  'cwii-caller-token.timer',
  'cwii-caller-token-alarm.service',
];
export const EXEC_KUBECONFIG = 'webhook-kubeconfig-exec.yaml';

/**
 * The ServiceAccount of the API server: the first subject of the callers.
 *
 * @throws {CwiiError} `manifest-input-invalid` if there is none.
 */
export function callerServiceAccount({ name: cluster, callers }: Cluster): ServiceAccountName {
  const [, , namespace, name] = callers.subjects[0]?.split(':') ?? [];
  if (namespace === undefined || name === undefined)
    throw new CwiiError(
      'manifest-input-invalid',
      `cluster ${cluster} has no ServiceAccount that may call the webhook; add \`subjects: [system:serviceaccount:cwii-system:api-server]\` to callers in cwii.yaml, and deploy`,
    );
  return { namespace, name };
}

/** The ServiceAccount, and the permission to request its tokens for one user that has no other one. */
export function callerAccess(account: ServiceAccountName): readonly Commented[] {
  return [
    namespaceObject(account.namespace),
    serviceAccountObject(
      account,
      'The API server as a caller of the webhook. It has no permissions. If you delete it, its tokens are still accepted until they expire, an hour at most.',
    ),
    ...tokenAccess({
      name: `${account.name}-token`,
      account,
      subject: { kind: 'User', name: CALLER_TOKEN_USER, apiGroup: RBAC },
      comments: {
        rules: 'Only tokens of this ServiceAccount.',
        subjects: "The node's administrator impersonates this user, so the request has this permission only.",
      },
    }),
  ];
}

/** The files for the nodes: a script, its systemd units, and a kubeconfig without files that change. */
export function renewalFiles(account: ServiceAccountName, webhookUrl: string): readonly GeneratedFile[] {
  return [
    {
      path: `${CONTROL_PLANE}/${RENEWAL_SCRIPT}`,
      purpose: `Writes a new token of one hour to \`${DIRECTORY}/${CALLER_TOKEN}\`. To \`/usr/local/sbin/\`, mode 0755.`,
      text: renewalScript(account, webhookUrl),
    },
    ...units(),
    yamlFile({
      path: `${CONTROL_PLANE}/${EXEC_KUBECONFIG}`,
      purpose:
        'The alternative to the timer: the API server itself runs kubectl when its token expires. In place of `webhook-kubeconfig.yaml`.',
      header: `The alternative to the timer and its files: the API server runs this command when it has no valid token. Copy it to ${DIRECTORY}/webhook-kubeconfig.yaml. The paths are those of k3s, where the API server runs on the node itself. On kubeadm and RKE2 it runs in a container without kubectl: use the timer, or mount kubectl (a static program) and the kubeconfig of an administrator into the container, and correct both paths.`,
      objects: [execKubeconfig(account, webhookUrl)],
    }),
  ];
}

/** The audience is the webhook's URL, which the function accepts by default. */
function tokenArguments({ namespace, name }: ServiceAccountName, audience: string): readonly string[] {
  return [
    name,
    `--namespace=${namespace}`,
    `--audience=${audience}`,
    `--duration=${LIFETIME_SECONDS}s`,
    `--as=${CALLER_TOKEN_USER}`,
  ];
}

function renewalScript(account: ServiceAccountName, audience: string): string {
  return `#!/bin/sh
# Writes the API server's token for the cwii webhook. Run by cwii-caller-token.timer, as root.
#
# ${GENERATED}
set -eu
umask 077
PATH=$PATH:/usr/local/bin:/var/lib/rancher/rke2/bin

file=${DIRECTORY}/${CALLER_TOKEN}

# The administrator's kubeconfig of kubeadm, k3s or RKE2, unless the unit sets another one.
if [ -z "\${KUBECONFIG:-}" ]; then
  for KUBECONFIG in /etc/kubernetes/admin.conf /etc/rancher/k3s/k3s.yaml /etc/rancher/rke2/rke2.yaml; do
    [ ! -r "$KUBECONFIG" ] || break
  done
fi
export KUBECONFIG

# In the same directory, so that the API server sees either the old token or the new one.
temporary=$(mktemp "$file.XXXXXX")
trap 'rm -f "$temporary"' EXIT
kubectl create token ${tokenArguments(account, audience).join(' \\\n  ')} >"$temporary"
[ -s "$temporary" ] || { echo "kubectl printed no token" >&2; exit 1; }
mv -f "$temporary" "$file"
`;
}

function units(): GeneratedFile[] {
  const unit = (path: string, purpose: string, lines: readonly string[]) => ({
    path: `${CONTROL_PLANE}/${path}`,
    purpose,
    text: `# ${GENERATED}\n\n${lines.join('\n')}\n`,
  });
  const [service = '', timer = '', alarm = ''] = RENEWAL_UNITS;
  return [
    unit(service, 'Runs the script once, and again after 30 seconds if it fails.', [
      '[Unit]',
      "Description=Renew the API server's token for the cwii webhook",
      'Wants=network-online.target',
      'After=network-online.target',
      '# Five failures in a row; the timer then tries again.',
      'StartLimitIntervalSec=10min',
      'StartLimitBurst=5',
      `OnFailure=${alarm}`,
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=/usr/local/sbin/${RENEWAL_SCRIPT}`,
      'TimeoutStartSec=60s',
      'Restart=on-failure',
      'RestartSec=30s',
    ]),
    unit(timer, 'Starts the service when the node starts, and every 20 minutes.', [
      '[Unit]',
      "Description=Renew the API server's token for the cwii webhook every 20 minutes",
      '',
      '[Timer]',
      'OnBootSec=10s',
      `OnUnitActiveSec=${RENEWAL}`,
      'AccuracySec=10s',
      '',
      '[Install]',
      'WantedBy=timers.target',
    ]),
    unit(alarm, "The alarm: a line of priority `alert` in the node's log. Replace its command with your own.", [
      '[Unit]',
      'Description=Report that the token for the cwii webhook was not renewed',
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=/usr/bin/logger --priority daemon.alert --tag cwii "The API server's token for the webhook was not renewed. It expires at most one hour after the last renewal; then the webhook rejects this API server. See: journalctl -u ${service}"`,
    ]),
  ];
}

/** Lets `kubectl create token` print an ExecCredential (client.authentication.k8s.io/v1). */
const EXEC_CREDENTIAL =
  '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"{{.status.token}}","expirationTimestamp":"{{.status.expirationTimestamp}}"}}';

function execKubeconfig(account: ServiceAccountName, webhookUrl: string): Commented {
  return webhookUser(webhookUrl, {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: '/usr/local/bin/kubectl',
      args: [
        '--kubeconfig=/etc/rancher/k3s/k3s.yaml',
        'create',
        'token',
        ...tokenArguments(account, webhookUrl),
        `--output=go-template=${EXEC_CREDENTIAL}`,
      ],
      interactiveMode: 'Never',
    },
  });
}
