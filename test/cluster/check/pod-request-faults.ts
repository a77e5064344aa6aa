// Faults of the request: the pod is not sent to the webhook, or no object requests an identity for it.

import { serviceAnnotations } from '../../sdk/trust.ts';
import { pod, roleAnnotation, roleArn, serviceAccount } from '../manifests.ts';
import type { Fault } from './fault-matrix.ts';
import { apply, namespaceFor } from './pod-faults.ts';

export const requestFaults: readonly Fault[] = [
  {
    fault: 'a healthy pod has no problem',
    inject: async () => async () => undefined,
    args: ['pod', 'shop/checkout'],
    problems: [],
  },
  {
    fault: 'the pod does not exist',
    inject: async () => async () => undefined,
    args: ['pod', 'shop/nobody'],
    problems: [/^failed pod-found: Pod shop\/nobody does not exist$/],
  },
  {
    fault: 'the namespace lacks the label',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'unlabelled', false);
      await apply(healthy, pod('unlabelled', 'web', { annotations: roleAnnotation('web') }));
      return undo;
    },
    args: ['pod', 'unlabelled/web'],
    problems: [/^failed pod-sent: Namespace unlabelled is not sent to cwii: label cwii\.dev\/inject is absent/],
  },
  {
    fault: 'the pod is in a system namespace',
    inject: async (healthy) => {
      await apply(healthy, pod('kube-system', 'web', { annotations: roleAnnotation('web') }));
      return () => healthy.cluster.api('DELETE', '/api/v1/namespaces/kube-system/pods/web');
    },
    args: ['pod', 'kube-system/web'],
    problems: [/^failed pod-sent: Namespace kube-system never depends on cwii/],
  },
  {
    fault: 'the role is on another ServiceAccount',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'other-account');
      await apply(
        healthy,
        serviceAccount('other-account', 'checkout', roleAnnotation('checkout')),
        pod('other-account', 'web'),
      );
      return undo;
    },
    args: ['pod', 'other-account/web'],
    problems: [
      /^failed pod-requests: no object requests an identity for it: .*ServiceAccount other-account\/default.*; ServiceAccount checkout in the namespace does$/,
    ],
  },
  {
    fault: 'an annotation is misspelt',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'misspelt');
      await apply(healthy, pod('misspelt', 'web', { annotations: { 'cwii.dev/aws-rol-arn': roleArn('web') } }));
      return undo;
    },
    args: ['pod', 'misspelt/web'],
    problems: [/^warning pod-findings: .*aws-rol-arn.*aws-role-arn/],
  },
  {
    fault: 'the request of a service is on another ServiceAccount',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'service-account');
      const account = serviceAccount('service-account', 'checkout', serviceAnnotations.databricks);
      await apply(healthy, account, pod('service-account', 'web'));
      return undo;
    },
    args: ['pod', 'service-account/web'],
    problems: [
      /^failed pod-requests: no object requests an identity .*; ServiceAccount checkout in the namespace does$/,
    ],
  },
  {
    fault: 'the value of a service is invalid',
    inject: async (healthy) => {
      const undo = await namespaceFor(healthy, 'service-value');
      const annotations = { ...serviceAnnotations.stackit, 'cwii.dev/stackit-service-account-email': 'nobody' };
      const account = serviceAccount('service-value', 'checkout', annotations);
      await apply(healthy, account, pod('service-value', 'web', { serviceAccountName: 'checkout' }));
      return undo;
    },
    args: ['pod', 'service-value/web'],
    problems: [/^warning pod-findings: cwii\.dev\/stackit-service-account-email "nobody" on ServiceAccount/],
  },
];
