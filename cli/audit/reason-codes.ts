// Why a running pod does not have what the annotations request: every code with its meaning and remedy.

import type { ErrorCodeDocs } from '../../lib/common/error-codes.ts';

export const reasonCodes = {
  'webhook-not-registered': {
    meaning: 'The cluster has no MutatingWebhookConfiguration of cwii for pods, so no pod is sent to the webhook.',
    remedy: 'Apply `3-webhook/` of `cwii manifests`.',
  },
  'namespace-not-sent': {
    meaning:
      "The `namespaceSelector` of the webhook configuration does not select the namespace, so its pods are not sent to the webhook. Usually the namespace's label is absent or has another value.",
    remedy: 'Run `kubectl label --overwrite namespace NAME cwii.dev/inject=enabled`, then restart its workloads.',
  },
  'pod-not-selected': {
    meaning: 'The `objectSelector` of the webhook configuration does not select the pod by its labels.',
    remedy: 'Change the labels of the pod template, or the `objectSelector`.',
  },
  'older-than-webhook': {
    meaning: 'The pod was created before the webhook was registered.',
    remedy: 'Restart the workload.',
  },
  'older-than-label': {
    meaning: 'The pod was created before its namespace got the label that sends pods to the webhook.',
    remedy: 'Restart the workload.',
  },
  'older-than-annotation': {
    meaning:
      'The pod was created before the annotation that requests the identity was set. Kubernetes keeps the time of the last change by each client, so the time is the latest possible one.',
    remedy: 'Restart the workload.',
  },
  'webhook-away': {
    meaning:
      'The pod is newer than the annotation, the label and the webhook configuration, but has no identity. The API server could not call the webhook, and `failurePolicy: Ignore` let the pod through.',
    remedy: 'Run `cwii check --only webhook`, then restart the workload.',
  },
  'not-admitted': {
    meaning:
      'The webhook did not add the identity when the pod was created: the pod is older than the annotation or the webhook, or the webhook was not reached. The objects do not show which: the API server keeps times only for objects that were created with a field, such as a label.',
    remedy: 'Restart the workload.',
  },
  'other-template': {
    meaning:
      'The pod was created from another version of the pod template, such as by an older ReplicaSet whose pods were not replaced yet.',
    remedy: 'Look at the rollout with `kubectl rollout status`, and at the events of the newest ReplicaSet.',
  },
  'other-service-account': {
    meaning: 'The pod runs as another ServiceAccount than the pod template of its workload says now.',
    remedy: 'Look at the rollout with `kubectl rollout status`.',
  },
  'container-without': {
    meaning:
      'Other containers of the pod have the identity, and this one does not: another webhook added it after cwii, or the lists of containers changed.',
    remedy: 'Set `reinvocationPolicy: IfNeeded` on the webhook, and restart the workload.',
  },
  differs: {
    meaning: 'The pod has other values than the annotations say now. Running pods keep what they have.',
    remedy: 'Restart the workload.',
  },
  'no-longer-asked': {
    meaning: 'The pod has an identity that no annotation requests any more, or that an annotation now disables.',
    remedy: 'Restart the workload.',
  },
  'static-pod': {
    meaning: 'The pod is the mirror of a static pod, which cannot have a ServiceAccount token.',
    remedy: 'None: static pods cannot get a cloud identity.',
  },
  'containers-excluded': {
    meaning: '`skip-containers` or `include-containers` excludes every container of the pod.',
    remedy: 'Correct the list if the pod is to have the identity.',
  },
  'annotation-not-read': {
    meaning: 'An object has an annotation of another product, which cwii reads only if it is told to.',
    remedy: 'Set `settings.nativeAnnotations: true` in cwii.yaml, or use the key of cwii (docs/migrating.md).',
  },
  'own-identity': {
    meaning: 'The containers set the variables of an identity themselves.',
    remedy: 'Remove the variables to let cwii give the identity.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;

export type ReasonCode = keyof typeof reasonCodes;

/** Reasons that new pods do not have. */
export const curedByRestart: ReadonlySet<string> = new Set<ReasonCode>([
  'older-than-webhook',
  'older-than-label',
  'older-than-annotation',
  'webhook-away',
  'not-admitted',
  'differs',
  'no-longer-asked',
]);

/** One reason: a code of this table or of a finding. */
export interface Reason {
  readonly code: string;
  /** One line with the values. */
  readonly cause: string;
  readonly remedy: string;
}
