// Small clusters for tests of `cwii audit`: objects as the API server stores them, with times.

import { createRequest, patched } from '../../../cli/preview/admission.ts';
import { type Manifest, ManifestReader } from '../../../cli/preview/manifest-reader.ts';
import { mutate } from '../../../lib/admission/mutate.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';

export const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
export const asks = (name: string) => ({ 'cwii.dev/aws-role-arn': role(name), 'cwii.dev/aws-region': 'eu-central-1' });

/** A time of the first of November, so that times can be compared by eye. */
export const at = (hour: number) => `2026-11-01T${String(hour).padStart(2, '0')}:00:00Z`;

export interface ObjectOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The hour at which annotations and labels were written. */
  readonly written?: number;
}

function metadata(kind: string, name: string, { annotations, labels, written }: ObjectOptions) {
  const keys = (map: object = {}) => Object.fromEntries(Object.keys(map).map((key) => [`f:${key}`, {}]));
  const fields = { 'f:annotations': keys(annotations), 'f:labels': keys(labels) };
  return {
    name,
    uid: `uid-${kind}-${name}`,
    ...(annotations && { annotations }),
    ...(labels && { labels }),
    ...(written !== undefined && {
      managedFields: [{ manager: 'kubectl', time: at(written), fieldsV1: { 'f:metadata': fields } }],
    }),
  };
}

export function namespace(options: ObjectOptions = { labels: { 'cwii.dev/inject': 'enabled' } }): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: metadata('ns', 'shop', options) };
}

export function serviceAccount(name: string, options: ObjectOptions = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata('sa', name, options), namespace: 'shop' },
  };
}

export interface PodOptions extends ObjectOptions {
  /** The hour of its creation. */
  readonly created?: number;
  readonly serviceAccountName?: string;
  readonly [specField: string]: unknown;
}

function specOf({ annotations: _, labels: __, written: ___, created: ____, ...spec }: PodOptions) {
  return { serviceAccountName: 'checkout', containers: [{ name: 'app', image: 'app' }], ...spec };
}

/** A Deployment, with its ReplicaSets by revision. */
export function deployment(template: PodOptions = {}, options: ObjectOptions = {}): Manifest[] {
  const revision = 'deployment.kubernetes.io/revision';
  const own = { ...options, annotations: { ...options.annotations, [revision]: '2' } };
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'checkout',
    uid: 'uid-deploy-checkout',
    controller: true,
  };
  const { annotations, labels } = template;
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata('deploy', 'checkout', own), namespace: 'shop' },
      spec: {
        template: {
          metadata: { ...(annotations && { annotations }), ...(labels && { labels }) },
          spec: specOf(template),
        },
      },
    },
    ...['1', '2'].map((number): Manifest => {
      const name = `checkout-${number}`;
      const inner = { ...metadata('rs', name, { annotations: { [revision]: number } }), namespace: 'shop' };
      return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { ...inner, ownerReferences: [owner] } };
    }),
  ];
}

/** A running pod of the Deployment's newest ReplicaSet, or of another one. */
export function pod(name: string, options: PodOptions = {}, replicaSet = 'checkout-2'): Manifest {
  const { annotations, labels, created } = options;
  const hash = replicaSet.replace('checkout-', '');
  const reference = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: replicaSet,
    uid: `uid-rs-${replicaSet}`,
    controller: true,
  };
  const own = metadata('pod', name, {
    ...(annotations && { annotations }),
    labels: { ...labels, 'pod-template-hash': hash },
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...own,
      namespace: 'shop',
      ownerReferences: [reference],
      ...(created !== undefined && { creationTimestamp: at(created) }),
    },
    spec: specOf(options),
    status: { phase: 'Running' },
  };
}

/** The pod as the webhook admits it into a cluster with these objects. */
export async function admitted(manifest: Manifest, objects: readonly Manifest[], env = {}): Promise<Manifest> {
  using deadline = new Deadline(60_000);
  const settings = parseMutateSettings(env);
  const context = { settings, reader: new ManifestReader(objects), deadline };
  const decision = await mutate(createRequest(manifest, 'test'), context);
  if (decision.kind === 'denied') throw new Error(decision.findings.map(({ message }) => message).join(', '));
  return patched(manifest, decision.patch);
}

/** The webhook configuration, registered at an hour. */
export function webhook(created: number): Manifest {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { ...metadata('webhook', 'cwii', {}), ...{ creationTimestamp: at(created) } },
    webhooks: [
      {
        name: 'pods.cwii.dev',
        namespaceSelector: { matchLabels: { 'cwii.dev/inject': 'enabled' } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  };
}

export function textOf(objects: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
}
