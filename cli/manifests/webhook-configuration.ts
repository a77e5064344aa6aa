// MutatingWebhookConfiguration: which requests the API server sends to cwii, and what happens when it gets no answer.

import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import type { Commented } from './commented-yaml.ts';
import { INJECT_LABEL, SYSTEM_NAMESPACES } from './names.ts';
import { byGroup, readKinds } from './read-kinds.ts';

export interface WebhookRegistration {
  /** The whole URL, path included: `/mutate`, or `/k/<key>` for callers without a token. */
  readonly url: string;
  /** PEM; absent for what the API server's machine trusts already, such as a Function URL's. */
  readonly ca?: string | undefined;
  readonly namespaces: 'labelled' | 'all';
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly timeoutSeconds: number;
  /** Kinds of `settings.ownerKinds`, besides those that are always followed. */
  readonly ownerKinds: readonly ObjectKind[];
}

export function webhookConfiguration(registration: WebhookRegistration): object {
  const { url, ca, namespaces, failurePolicy, timeoutSeconds, ownerKinds } = registration;
  const shared = {
    admissionReviewVersions: ['v1'],
    clientConfig: { url, ...(ca !== undefined && { caBundle: Buffer.from(ca).toString('base64') }) },
  };
  const namespaceSelector = {
    ...(namespaces === 'labelled' && { matchLabels: INJECT_LABEL }),
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SYSTEM_NAMESPACES }],
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'cwii' },
    webhooks: [
      {
        name: 'pods.cwii.dev',
        ...shared,
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
        ],
        namespaceSelector,
        matchConditions: [
          {
            name: 'not-a-mirror-pod',
            expression: "!('kubernetes.io/config.mirror' in object.metadata.?annotations.orValue({}))",
          },
        ],
        failurePolicy,
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        timeoutSeconds,
      },
      {
        name: 'workloads.cwii.dev',
        ...shared,
        rules: byGroup(readKinds(ownerKinds)).map(({ group, versions, resources }) => ({
          apiGroups: [group],
          apiVersions: versions,
          operations: ['CREATE', 'UPDATE'],
          resources,
        })),
        namespaceSelector,
        matchConditions: [
          {
            name: 'not-by-a-controller',
            expression:
              "!(request.userInfo.username.startsWith('system:serviceaccount:kube-system:') || request.userInfo.username == 'system:kube-controller-manager')",
          },
        ],
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'Never',
        sideEffects: 'None',
        timeoutSeconds: 1,
      },
    ],
  };
}

export function commentedWebhookConfiguration(registration: WebhookRegistration): Commented {
  const { namespaces, failurePolicy, ca } = registration;
  return {
    object: webhookConfiguration(registration),
    comments: {
      ...(ca === undefined && {
        'webhooks.0.clientConfig': 'No caBundle: the certificate is one that every machine trusts.',
      }),
      'webhooks.0.namespaceSelector':
        namespaces === 'labelled'
          ? "Namespaces that were chosen, and never the system's: its pods start whatever happens to the webhook."
          : "All namespaces but the system's: its pods start whatever happens to the webhook.",
      'webhooks.0.matchConditions':
        "Static pods' shadows in the API are never changed; asking costs a call and, under Fail, could block a node.",
      'webhooks.0.failurePolicy':
        failurePolicy === 'Fail'
          ? 'While the webhook cannot be reached, pods of these namespaces are refused; their controllers try again.'
          : 'While the webhook cannot be reached, pods start without identity, unless a policy refuses them (cwii manifests --require).',
      'webhooks.0.reinvocationPolicy': 'Containers that another webhook adds after cwii get their identity too.',
      'webhooks.1.name':
        "Advice for the person who applies a workload: a pod's own warnings only reach the controller that makes it. It changes and refuses nothing, and is not waited for longer than a second.",
      'webhooks.1.matchConditions': "What the cluster's own controllers write, nobody reads a warning about.",
    },
  };
}
