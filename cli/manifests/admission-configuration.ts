// AdmissionConfiguration and its kubeconfig: by which token the API server is known to the webhook.

import type { Commented } from './commented-yaml.ts';
import { DIRECTORY } from './names.ts';

export const WEBHOOK_KUBECONFIG = 'webhook-kubeconfig.yaml';
export const CALLER_TOKEN = 'caller-token';

/** The configuration of the plugin MutatingAdmissionWebhook alone; Talos wants it like this. */
export function webhookAdmissionPlugin(directory: string = DIRECTORY): object {
  return {
    name: 'MutatingAdmissionWebhook',
    configuration: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'WebhookAdmissionConfiguration',
      kubeConfigFile: `${directory}/${WEBHOOK_KUBECONFIG}`,
    },
  };
}

export function admissionConfiguration(directory?: string): Commented {
  return {
    object: {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AdmissionConfiguration',
      plugins: [webhookAdmissionPlugin(directory)],
    },
  };
}

/**
 * A kubeconfig that names one user: the webhook's host.
 *
 * The API server looks for `host:port`, and at port 443 for the host alone as well (k8s.io/apiserver, webhook client).
 * `*` or a current-context would show the token to every other webhook of the cluster.
 */
export function webhookKubeconfig(webhookUrl: string, directory: string = DIRECTORY): Commented {
  const { hostname, port } = new URL(webhookUrl);
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Config',
      users: [
        { name: port === '' ? hostname : `${hostname}:${port}`, user: { tokenFile: `${directory}/${CALLER_TOKEN}` } },
      ],
    },
    comments: {
      users:
        'The webhook\'s exact host, and no current-context: with either of "*" and a context, every other webhook would be shown the token.',
      'users.0.user':
        'Read again about every minute, so that the token is rotated without a restart. `cwii caller-token` makes it.',
    },
  };
}
