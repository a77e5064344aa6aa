// The constructs of cwii, as `cwii/infra`, for CDK apps of other people and for the app beside this file.

export type { AlarmProps } from './alarms.ts';
export { BundledFunction, type FunctionLogProps } from './bundled-function.ts';
export type { ClusterAccess, ClusterNetwork } from './cluster-access.ts';
export { ClusterCredential, type WebIdentityOptions } from './cluster-credential.ts';
export {
  ClusterIdentityProvider,
  type ClusterIdentityProviderProps,
  type TrustedIssuer,
} from './cluster-identity-provider.ts';
export { ClusterWebhook, type ClusterWebhookProps } from './cluster-webhook.ts';
export { HostedIssuer, type HostedIssuerProps, type IssuerDomain } from './hosted-issuer.ts';
export type { Issuer } from './issuer.ts';
export { TokenSecret, type TokenSecretProps } from './token-secret.ts';
export { type AlarmThresholds, WebhookMonitoring, type WebhookMonitoringProps } from './webhook-monitoring.ts';
export type { Callers, WebhookSettings } from './webhook-settings.ts';
export { type TrustedPods, WorkloadRole, type WorkloadRoleProps } from './workload-role.ts';
