// MutatingWebhookConfiguration: the requests that the webhook gets, and its failure policy.

import { INJECT_KEY, PREFIX_PATTERN } from '../../lib/annotations/keys.ts';
import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import type { Commented } from './commented-yaml.ts';
import { INJECT_LABEL, SYSTEM_NAMESPACES } from './names.ts';
import { adviceKinds, groupByApiGroup } from './resource-groups.ts';

export interface WebhookRegistration {
  /** The whole URL with its path: `/mutate`, or `/k/<key>` for callers without a token. */
  readonly url: string;
  /** In PEM. Not needed for certificates of public CAs, such as that of a Function URL. */
  readonly ca?: string | undefined;
  readonly namespaces: 'labelled' | 'all';
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly timeoutSeconds: number;
  /** The kinds of `settings.ownerKinds`, in addition to the built-in ones. */
  readonly ownerKinds: readonly ObjectKind[];
}

const NOT_BY_A_CONTROLLER = {
  name: 'not-by-a-controller',
  expression:
    "!(request.userInfo.username.startsWith('system:serviceaccount:kube-system:') || request.userInfo.username == 'system:kube-controller-manager')",
};

/** Also of namespaces in which the label has another value. */
const NOT_LABELLED = { key: INJECT_KEY, operator: 'NotIn', values: [INJECT_LABEL[INJECT_KEY]] };

/** Keys of cwii, or with a misspelt prefix, on the object or in its templates. */
const HAS_KEYS_OF_CWII = {
  name: 'has-keys-of-cwii',
  expression: `[?object.metadata.?annotations, ?object.?spec.?template.?metadata.?annotations, ?object.?spec.?jobTemplate.?metadata.?annotations, ?object.?spec.?jobTemplate.?spec.?template.?metadata.?annotations].exists(a, a.exists(k, k.matches('${PREFIX_PATTERN}')))`,
};

/** The path on which the function knows that pods of the namespace are not sent to it. */
function unlabelledUrl(url: string): string {
  return url.endsWith('/mutate') ? url.replace(/\/mutate$/, '/unlabelled') : `${url}/unlabelled`;
}

export function webhookConfiguration(registration: WebhookRegistration): object {
  const { url, ca, namespaces, failurePolicy, timeoutSeconds, ownerKinds } = registration;
  const shared = {
    admissionReviewVersions: ['v1'],
    clientConfig: { url, ...(ca !== undefined && { caBundle: Buffer.from(ca).toString('base64') }) },
  };
  const notSystem = { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: SYSTEM_NAMESPACES };
  const namespaceSelector = {
    ...(namespaces === 'labelled' && { matchLabels: INJECT_LABEL }),
    matchExpressions: [notSystem],
  };
  const rules = groupByApiGroup(adviceKinds(ownerKinds)).map(({ group, versions, resources }) => ({
    apiGroups: [group],
    apiVersions: versions,
    operations: ['CREATE', 'UPDATE'],
    resources,
  }));
  const onlyAdvice = {
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'Never',
    sideEffects: 'None',
    timeoutSeconds: 1,
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
        rules,
        namespaceSelector,
        matchConditions: [NOT_BY_A_CONTROLLER],
        ...onlyAdvice,
      },
      ...(namespaces === 'labelled'
        ? [
            {
              name: 'unlabelled.cwii.dev',
              ...shared,
              clientConfig: { ...shared.clientConfig, url: unlabelledUrl(url) },
              rules,
              namespaceSelector: { matchExpressions: [NOT_LABELLED, notSystem] },
              matchConditions: [NOT_BY_A_CONTROLLER, HAS_KEYS_OF_CWII],
              ...onlyAdvice,
            },
          ]
        : []),
      {
        name: 'debug.cwii.dev',
        ...shared,
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['UPDATE'],
            resources: ['pods/ephemeralcontainers'],
            scope: 'Namespaced',
          },
        ],
        namespaceSelector,
        matchConditions: [
          {
            name: 'has-an-identity',
            expression: "object.spec.?volumes.orValue([]).exists(volume, volume.name.startsWith('cwii-'))",
          },
        ],
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'Never',
        sideEffects: 'None',
        timeoutSeconds,
      },
    ],
  };
}

export function commentedWebhookConfiguration(registration: WebhookRegistration): Commented {
  const { namespaces, failurePolicy, ca } = registration;
  const debug = `webhooks.${namespaces === 'labelled' ? 3 : 2}`;
  return {
    object: webhookConfiguration(registration),
    comments: {
      ...(ca === undefined && {
        'webhooks.0.clientConfig': 'No caBundle: the certificate is from a public CA.',
      }),
      'webhooks.0.namespaceSelector':
        namespaces === 'labelled'
          ? 'Only labelled namespaces, and never system namespaces, whose pods must not depend on the webhook.'
          : 'All namespaces except system namespaces, whose pods must not depend on the webhook.',
      'webhooks.0.matchConditions':
        'Mirror pods of static pods are never changed. A call for them would be useless, and with failurePolicy Fail it could block a node.',
      'webhooks.0.failurePolicy':
        failurePolicy === 'Fail'
          ? 'While the webhook cannot be reached, pods in these namespaces are rejected; their controllers retry.'
          : 'While the webhook cannot be reached, pods start without identity, unless a policy rejects them (cwii manifests --require).',
      'webhooks.0.reinvocationPolicy':
        'Calls the webhook again if another webhook adds containers, so that they get the identity too.',
      'webhooks.1.name':
        'Warnings for the person who applies a workload, because warnings about a pod reach only its controller. It changes and rejects nothing, and its timeout is one second.',
      ...(namespaces === 'labelled' && {
        'webhooks.2.name':
          'Warnings for the person who writes keys of cwii into a namespace without the label, where they have no effect. The conditions keep all other objects away from the webhook.',
      }),
      'webhooks.1.matchConditions': "Changes by the cluster's own controllers: nobody would read the warnings.",
      [`${debug}.name`]: 'Ephemeral containers (kubectl debug) get the identity that the pod has.',
      [`${debug}.failurePolicy`]: 'Debugging must work while the webhook cannot be reached.',
    },
  };
}
