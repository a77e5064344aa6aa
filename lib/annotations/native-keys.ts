// Other products' annotations, which CWII_NATIVE_ANNOTATIONS=true enables: scopes and format of each.
//
// The facts are from the products' sources: docs/decisions/010-native-annotations.md.

import type { KeyName } from './keys.ts';
import type { ScopeKind } from './scope.ts';

/** The label with which Azure workload identity selects pods. */
export const AZ_USE_LABEL = 'azure.workload.identity/use';
/** Not supported; a pod that has it gets a warning. */
export const AZ_PROXY_SIDECAR = 'azure.workload.identity/inject-proxy-sidecar';

export interface NativeKey {
  readonly native: string;
  /** The key of cwii that it replaces if no scope sets that key. */
  readonly key: KeyName;
  /** The objects on which the other product reads it, most specific first. */
  readonly scopes: readonly ScopeKind[];
  /** Converts the other product's text to cwii's. */
  readonly read?: (text: string) => string;
  /** The label that must be "true" on the pod. */
  readonly label?: string;
  /** Counts only if another native annotation replaces that key. */
  readonly with?: KeyName;
}

const serviceAccount: readonly ScopeKind[] = ['serviceaccount'];
const pod: readonly ScopeKind[] = ['pod'];
const podThenServiceAccount: readonly ScopeKind[] = ['pod', 'serviceaccount'];
const semicolons = (text: string) => text.split(';').join(',');

/** In the order of precedence if two replace one key. */
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
    // The default audience of the federation webhook's tokens, which its users' pools expect.
    native: 'cloud.google.com/workload-identity-provider',
    key: 'cwii.dev/gcp-token-audience',
    scopes: serviceAccount,
    read: () => 'sts.googleapis.com',
    with: 'cwii.dev/gcp-audience',
  },
  { native: 'cloud.google.com/token-expiration', key: 'cwii.dev/gcp-token-expiration', scopes: podThenServiceAccount },
];

/** Each product skips containers for its own cloud only, so these do not replace a key of cwii. */
export const nativeSkipContainers = {
  aws: { native: 'eks.amazonaws.com/skip-containers', scopes: pod, read: (text: string) => text },
  az: { native: 'azure.workload.identity/skip-containers', scopes: pod, read: semicolons },
  gcp: { native: 'cloud.google.com/skip-containers', scopes: pod, read: (text: string) => text },
} as const;

const nativeNames = new Set([...nativeKeys, ...Object.values(nativeSkipContainers)].map(({ native }) => native));

/** Whether the key is an annotation of another product that cwii can read. */
export function isNativeAnnotation(key: string): boolean {
  return nativeNames.has(key);
}
