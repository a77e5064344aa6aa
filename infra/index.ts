// The constructs of cwii, as `cwii/infra`, for CDK apps of other people and for the app beside this file.

export type { ClusterAccess, ClusterNetwork } from './cluster-access.ts';
export { ClusterCredential, type WebIdentityOptions } from './cluster-credential.ts';
export {
  ClusterIdentityProvider,
  type ClusterIdentityProviderProps,
  type TrustedIssuer,
} from './cluster-identity-provider.ts';
export { ClusterWebhook, type ClusterWebhookProps } from './cluster-webhook.ts';
export { type TrustedPods, WorkloadRole, type WorkloadRoleProps } from './workload-role.ts';
