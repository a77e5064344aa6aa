// AdmissionConfiguration, and the kubeconfig with the API server's token for the webhook.

import type { Commented } from './commented-yaml.ts';
import { DIRECTORY, STATIC_POLICIES, STATIC_WEBHOOKS } from './names.ts';

export const WEBHOOK_KUBECONFIG = 'webhook-kubeconfig.yaml';
export const CALLER_TOKEN = 'caller-token';

const CONFIGURATION = 'apiserver.config.k8s.io/v1';

/** The parts of the configuration of the API server's admission plugins. */
export interface AdmissionNeeds {
  /** Whether the API server presents a token to the webhook. */
  readonly token: boolean;
  readonly staticWebhooks: boolean;
  readonly staticPolicies: boolean;
}

export const NO_ADMISSION: AdmissionNeeds = { token: false, staticWebhooks: false, staticPolicies: false };

/** The configuration of the plugins, which is all that Talos needs; empty if nothing is needed. */
export function admissionPlugins({ token, staticWebhooks, staticPolicies }: AdmissionNeeds): readonly object[] {
  const webhooks = {
    name: 'MutatingAdmissionWebhook',
    configuration: {
      apiVersion: CONFIGURATION,
      kind: 'WebhookAdmissionConfiguration',
      ...(token && { kubeConfigFile: `${DIRECTORY}/${WEBHOOK_KUBECONFIG}` }),
      ...(staticWebhooks && { staticManifestsDir: `${DIRECTORY}/${STATIC_WEBHOOKS}` }),
    },
  };
  const policies = {
    name: 'ValidatingAdmissionPolicy',
    configuration: {
      apiVersion: CONFIGURATION,
      kind: 'ValidatingAdmissionPolicyConfiguration',
      staticManifestsDir: `${DIRECTORY}/${STATIC_POLICIES}`,
    },
  };
  return [...(token || staticWebhooks ? [webhooks] : []), ...(staticPolicies ? [policies] : [])];
}

export function admissionConfiguration(needs: AdmissionNeeds): Commented {
  return {
    object: { apiVersion: CONFIGURATION, kind: 'AdmissionConfiguration', plugins: admissionPlugins(needs) },
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
export function webhookKubeconfig(webhookUrl: string, maker = '`cwii caller-token`'): Commented {
  const { object, comments } = webhookUser(webhookUrl, { tokenFile: `${DIRECTORY}/${CALLER_TOKEN}` });
  return {
    object,
    comments: {
      ...comments,
      'users.0.user': `The API server reads the file again about every minute, so a rotation needs no restart. ${maker} makes the token.`,
    },
  };
}
