// AdmissionConfiguration, and the kubeconfig with the API server's token for the webhook.

import type { Commented } from './commented-yaml.ts';
import { DIRECTORY } from './names.ts';

export const WEBHOOK_KUBECONFIG = 'webhook-kubeconfig.yaml';
export const CALLER_TOKEN = 'caller-token';

/** The configuration of the plugin MutatingAdmissionWebhook, which is all that Talos needs. */
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
 * A kubeconfig with one user, whose name is the webhook's host.
 *
 * The API server looks for `host:port`, and for port 443 also for the host alone (k8s.io/apiserver, webhook
 * client). With `*` or a current-context it would send the token to every other webhook of the cluster too.
 */
export function webhookUser(webhookUrl: string, user: object): Commented {
  const { hostname, port } = new URL(webhookUrl);
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Config',
      users: [{ name: port === '' ? hostname : `${hostname}:${port}`, user }],
    },
    comments: {
      users:
        'The exact host of the webhook, and no current-context. With "*" or a context the API server would send the token to every other webhook too.',
    },
  };
}

/** @param maker what makes the token, such as a command. */
export function webhookKubeconfig(
  webhookUrl: string,
  directory: string = DIRECTORY,
  maker = '`cwii caller-token`',
): Commented {
  const { object, comments } = webhookUser(webhookUrl, { tokenFile: `${directory}/${CALLER_TOKEN}` });
  return {
    object,
    comments: {
      ...comments,
      'users.0.user': `The API server reads the file again about every minute, so a rotation needs no restart. ${maker} makes the token.`,
    },
  };
}
