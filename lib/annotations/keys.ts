// Every annotation that cwii reads or writes: its public API. docs/annotations.md is generated from these tables.

import type { AnnotationKey } from './key.ts';
import { awsKeys } from './keys-aws.ts';
import { azKeys } from './keys-az.ts';
import { gcpKeys } from './keys-gcp.ts';

/** What all keys of cwii begin with. */
export const KEY_PREFIX = 'cwii.dev/';

const containerKeys = {
  'cwii.dev/skip-containers': {
    type: 'names',
    effect: 'Containers that get no identity, by name, comma-separated.',
    byDefault: 'none is skipped',
    example: 'istio-proxy,log-shipper',
  },
  'cwii.dev/include-containers': {
    type: 'names',
    effect:
      'The only containers that get an identity, by name, comma-separated; `skip-containers` takes away from them.',
    byDefault: 'all containers',
    example: 'app',
  },
} as const satisfies Record<string, AnnotationKey>;

/** The keys that can be set on a pod, its owning workload, its ServiceAccount and its namespace. */
export const annotationKeys = { ...awsKeys, ...gcpKeys, ...azKeys, ...containerKeys } satisfies Record<
  `${typeof KEY_PREFIX}${string}`,
  AnnotationKey
>;

export type KeyName = keyof typeof annotationKeys;

/** What a key's value is once it has been read. */
export type ValueOf<K extends KeyName> = (typeof annotationKeys)[K]['type'] extends 'boolean' ? boolean : string;

/** The status annotation: a comma-joined, sorted list of the providers whose identity is on the pod. */
export const INJECTED = 'cwii.dev/injected';

/** The credentials file of GCP, from where the kubelet projects it into the pod. */
export const GCP_CREDENTIALS = 'cwii.dev/gcp-credentials';

/** The annotations that cwii writes on pods. They state what is on the pod; what others write there is overwritten. */
export const outputKeys = {
  [INJECTED]: 'The providers whose identity is on the pod, sorted and comma-joined, such as `aws` or `aws,az,gcp`.',
  [GCP_CREDENTIALS]: "GCP's credentials file (it holds no secret), which the kubelet projects into the pod.",
} as const;

export function isKeyName(name: string): name is KeyName {
  return Object.hasOwn(annotationKeys, name);
}

export function isOutputKey(name: string): name is keyof typeof outputKeys {
  return Object.hasOwn(outputKeys, name);
}
