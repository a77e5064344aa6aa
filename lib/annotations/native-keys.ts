// Other products' annotations, honoured with CWII_NATIVE_ANNOTATIONS=true as those products honour them: on which
// objects each counts, and what its text means. Facts from their sources: docs/decisions/010-native-annotations.md.

import type { KeyName } from './keys.ts';
import type { ScopeKind } from './scopes.ts';

/** The label by which Azure workload identity chooses pods. */
export const AZ_USE_LABEL = 'azure.workload.identity/use';
/** Not carried over; a pod that has it is told. */
export const AZ_PROXY_SIDECAR = 'azure.workload.identity/inject-proxy-sidecar';

export interface NativeKey {
  readonly native: string;
  /** The key of cwii that it stands for, where that is explicit nowhere. */
  readonly key: KeyName;
  /** The objects on which the other product reads it, most specific first. */
  readonly scopes: readonly ScopeKind[];
  /** Text as the other product has it, to text as ours. */
  readonly read?: (text: string) => string;
  /** The pod's label that must be "true" for the product to look at the pod. */
  readonly label?: string;
  /** Counts only where another of these stands for that key. */
  readonly with?: KeyName;
}

const serviceAccount: readonly ScopeKind[] = ['serviceaccount'];
const pod: readonly ScopeKind[] = ['pod'];
const podThenServiceAccount: readonly ScopeKind[] = ['pod', 'serviceaccount'];
const semicolons = (text: string) => text.split(';').join(',');

/** In the order of precedence where two stand for one key. */
export const nativeKeys: readonly NativeKey[] = [
  { native: 'eks.amazonaws.com/role-arn', key: 'cwii.dev/aws-role-arn', scopes: serviceAccount },
  { native: 'eks.amazonaws.com/audience', key: 'cwii.dev/aws-audience', scopes: serviceAccount },
  { native: 'eks.amazonaws.com/token-expiration', key: 'cwii.dev/aws-token-expiration', scopes: podThenServiceAccount },
  {
    native: 'eks.amazonaws.com/sts-regional-endpoints',
    key: 'cwii.dev/aws-sts-regional-endpoints',
    scopes: serviceAccount,
  },

  {
    native: 'azure.workload.identity/client-id',
    key: 'cwii.dev/az-client-id',
    scopes: serviceAccount,
    label: AZ_USE_LABEL,
  },
  { native: 'azure.workload.identity/tenant-id', key: 'cwii.dev/az-tenant-id', scopes: serviceAccount },
  {
    native: 'azure.workload.identity/service-account-token-expiration',
    key: 'cwii.dev/az-token-expiration',
    scopes: podThenServiceAccount,
  },

  { native: 'cloud.google.com/service-account-email', key: 'cwii.dev/gcp-service-account', scopes: serviceAccount },
  { native: 'iam.gke.io/gcp-service-account', key: 'cwii.dev/gcp-service-account', scopes: serviceAccount },
  {
    native: 'cloud.google.com/workload-identity-provider',
    key: 'cwii.dev/gcp-audience',
    scopes: serviceAccount,
    read: (text) => (text.startsWith('projects/') ? `//iam.googleapis.com/${text}` : text),
  },
  { native: 'cloud.google.com/audience', key: 'cwii.dev/gcp-token-audience', scopes: serviceAccount },
  {
    // The federation webhook's tokens have this audience unless told otherwise, and its users' pools expect it.
    native: 'cloud.google.com/workload-identity-provider',
    key: 'cwii.dev/gcp-token-audience',
    scopes: serviceAccount,
    read: () => 'sts.googleapis.com',
    with: 'cwii.dev/gcp-audience',
  },
  { native: 'cloud.google.com/token-expiration', key: 'cwii.dev/gcp-token-expiration', scopes: podThenServiceAccount },
];

/** Each product skips containers for its own cloud only, so these do not stand for a key of cwii. */
export const nativeSkipContainers = {
  aws: { native: 'eks.amazonaws.com/skip-containers', scopes: pod, read: (text: string) => text },
  az: { native: 'azure.workload.identity/skip-containers', scopes: pod, read: semicolons },
  gcp: { native: 'cloud.google.com/skip-containers', scopes: pod, read: (text: string) => text },
} as const;

const nativeNames = new Set([...nativeKeys, ...Object.values(nativeSkipContainers)].map(({ native }) => native));

/** Whether another product's annotation can stand for one of cwii's. */
export function isNativeAnnotation(key: string): boolean {
  return nativeNames.has(key);
}
