// Faults of the objects in the cluster: registration, permissions, flow control, policies and labels.

import { createTestAuthority } from '../../../testing/certificates.ts';
import { serviceAnnotations } from '../../sdk/trust.ts';
import { serviceAccount } from '../manifests.ts';
import { deleteObject, describeFaults, editObject, type Fault, REGISTRATION } from './fault-matrix.ts';
import type { HealthyCluster } from './healthy-cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const FLOW = '/apis/flowcontrol.apiserver.k8s.io/v1';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

// biome-ignore lint/suspicious/noExplicitAny: the objects of the API have no types here
type Webhook = any;

const registration = (edit: (webhooks: Webhook[]) => void) => (healthy: HealthyCluster) =>
  editObject(healthy, REGISTRATION, ({ webhooks }) => edit(webhooks));

const otherCa = async () => Buffer.from((await createTestAuthority()).certPem).toString('base64');

const faults: readonly Fault[] = [
  {
    fault: 'the registration is deleted',
    inject: (healthy) => deleteObject(healthy, REGISTRATION, '3-webhook'),
    problems: [/^failed webhook-registered: MutatingWebhookConfiguration cwii does not exist/],
  },
  {
    fault: 'the webhook of pods is deleted',
    inject: registration((webhooks) => webhooks.shift()),
    problems: [/^failed webhook-registered: .* has no webhook pods\.cwii\.dev/],
  },
  {
    fault: 'the URL is another one',
    inject: registration((webhooks) => {
      for (const { clientConfig } of webhooks)
        clientConfig.url = clientConfig.url.replace(/127\.0\.0\.1:\d+/, 'old.example.com');
    }),
    problems: [
      /^failed webhook-url: the API server calls https:\/\/old\.example\.com\/mutate, but the stack has https:\/\/127/,
    ],
  },
  {
    fault: 'the namespace selector has another label',
    inject: registration(([pods]) => {
      pods.namespaceSelector.matchLabels = { 'cwii.dev/inject': 'true' };
    }),
    problems: [
      /^failed webhook-selectors: .*namespaceSelector\.matchLabels\.cwii\.dev\/inject is true instead of enabled$/,
    ],
  },
  {
    fault: 'an object selector is added',
    inject: registration(([pods]) => {
      pods.objectSelector = { matchLabels: { app: 'web' } };
    }),
    problems: [/^failed webhook-selectors: .*objectSelector is \{"matchLabels":\{"app":"web"\}\} instead of nothing$/],
  },
  {
    fault: 'the rule has another operation',
    inject: registration(([pods]) => {
      pods.rules[0].operations = ['UPDATE'];
    }),
    problems: [/^failed webhook-selectors: .*rules\[0\]\.operations has UPDATE and lacks CREATE$/],
  },
  {
    fault: 'a match condition is added',
    inject: registration(([pods]) => {
      pods.matchConditions.push({ name: 'not-shop', expression: "request.namespace != 'shop'" });
    }),
    problems: [/^failed webhook-selectors: .*matchConditions\[not-shop\] is there instead of missing$/],
  },
  {
    fault: 'the failure policy is another one',
    inject: registration(([pods]) => {
      pods.failurePolicy = 'Ignore';
    }),
    problems: [/^failed webhook-settings: .*webhooks\[pods\.cwii\.dev\]\.failurePolicy is Ignore instead of Fail$/],
  },
  {
    fault: 'the timeout is another one',
    inject: registration(([pods]) => {
      pods.timeoutSeconds = 9;
    }),
    problems: [/^failed webhook-settings: .*timeoutSeconds is 9 instead of 10$/],
  },
  {
    fault: 'the webhook of debug containers is missing',
    inject: registration((webhooks) => webhooks.pop()),
    problems: [/^failed webhook-settings: .*webhooks\[debug\.cwii\.dev\] is missing instead of there$/],
  },
  {
    fault: 'the webhook of workloads has another caBundle',
    inject: async (healthy) => {
      const ca = await otherCa();
      return registration(([, workloads]) => {
        workloads.clientConfig.caBundle = ca;
      })(healthy);
    },
    problems: [/^failed webhook-settings: .*webhooks\[workloads\.cwii\.dev\]\.clientConfig\.caBundle is /],
  },
  {
    fault: 'the caBundle is of another CA',
    inject: async (healthy) => {
      const ca = await otherCa();
      return registration((webhooks) => {
        for (const { clientConfig } of webhooks) clientConfig.caBundle = ca;
      })(healthy);
    },
    problems: [/^failed webhook-certificate: caBundle \([0-9A-F:]+\) did not sign the certificate that is served/],
  },
  {
    fault: 'the caBundle is missing',
    inject: registration((webhooks) => {
      for (const { clientConfig } of webhooks) delete clientConfig.caBundle;
    }),
    problems: [
      /^failed webhook-certificate: the registration has no caBundle, and no public CA signed the certificate/,
    ],
  },
  {
    fault: 'the role of the function is deleted',
    inject: (healthy) => deleteObject(healthy, `${RBAC}/clusterroles/cwii-reader`, '1-access'),
    problems: [/^failed webhook-access ClusterRole cwii-reader: it does not exist$/],
  },
  {
    fault: 'the role of the function lacks a kind',
    inject: (healthy) =>
      editObject(healthy, `${RBAC}/clusterroles/cwii-reader`, ({ rules }) => {
        rules[0].resources.pop();
      }),
    problems: [/^failed webhook-access ClusterRole cwii-reader: rules\[0\]\.resources lacks \w+$/],
  },
  {
    fault: 'the binding of the function names another ServiceAccount',
    inject: (healthy) =>
      editObject(healthy, `${RBAC}/clusterrolebindings/cwii-reader`, ({ subjects }) => {
        subjects[0].namespace = 'default';
      }),
    problems: [/^failed webhook-access ClusterRoleBinding cwii-reader: .* is default instead of cwii-system$/],
  },
  {
    fault: 'the FlowSchema is deleted',
    inject: (healthy) => deleteObject(healthy, `${FLOW}/flowschemas/cwii-reader`, '1-access'),
    problems: [/^failed webhook-flow-control FlowSchema cwii-reader: it does not exist$/],
  },
  {
    fault: 'the FlowSchema has another precedence',
    inject: (healthy) =>
      editObject(healthy, `${FLOW}/flowschemas/cwii-reader`, ({ spec }) => {
        spec.matchingPrecedence = 9999;
      }),
    problems: [
      /^failed webhook-flow-control FlowSchema cwii-reader: spec\.matchingPrecedence is 9999 instead of 1000$/,
    ],
  },
  {
    fault: 'the binding of a policy is deleted',
    inject: (healthy) =>
      deleteObject(healthy, `${ADMISSION}/validatingadmissionpolicybindings/cwii-require-service-account`, '4-require'),
    problems: [
      /^failed webhook-policies ValidatingAdmissionPolicyBinding cwii-require-service-account: it does not exist$/,
    ],
  },
  {
    fault: 'the binding of a policy only warns',
    inject: (healthy) =>
      editObject(healthy, `${ADMISSION}/validatingadmissionpolicybindings/cwii-require-replica-set`, ({ spec }) => {
        spec.validationActions = ['Warn'];
      }),
    problems: [/^failed webhook-policies .*cwii-require-replica-set: spec\.validationActions has Warn and lacks Deny$/],
  },
  {
    fault: 'a namespace that requests an identity lacks the label',
    inject: (healthy) =>
      editObject(healthy, '/api/v1/namespaces/shop', ({ metadata }) => {
        delete metadata.labels['cwii.dev/inject'];
      }),
    problems: [
      /^failed webhook-namespaces Namespace shop: .*label cwii\.dev\/inject is absent; it must be "enabled", and ServiceAccount checkout requests/,
    ],
  },
  {
    fault: 'a namespace that requests only a service lacks the label',
    inject: async ({ cluster }) => {
      await cluster.createNamespace('unlabelled');
      await cluster.apply(JSON.stringify(serviceAccount('unlabelled', 'models', serviceAnnotations.anthropic)));
      return () => cluster.api('DELETE', '/api/v1/namespaces/unlabelled');
    },
    problems: [/^failed webhook-namespaces Namespace unlabelled: .*, and ServiceAccount models requests an identity$/],
  },
  {
    fault: 'the label has another value',
    inject: (healthy) =>
      editObject(healthy, '/api/v1/namespaces/shop', ({ metadata }) => {
        metadata.labels['cwii.dev/inject'] = 'true';
      }),
    problems: [/^failed webhook-namespaces Namespace shop: .*label cwii\.dev\/inject is "true"; it must be "enabled"/],
  },
  {
    fault: 'two at once: a policy without its binding, and a FlowSchema that is missing',
    inject: async (healthy) => {
      const undo = [
        await deleteObject(healthy, `${FLOW}/flowschemas/cwii-reader`, '1-access'),
        await deleteObject(
          healthy,
          `${ADMISSION}/validatingadmissionpolicybindings/cwii-require-replica-set`,
          '4-require',
        ),
      ];
      return async () => {
        for (const one of undo) await one();
      };
    },
    problems: [/^failed webhook-flow-control /, /^failed webhook-policies /],
  },
];

describeFaults('the objects in the cluster', faults);
