// The public CDK constructs of cwii, imported as `cwii/infra`.

export type { Issuer } from '../cluster-file/issuer-url.ts';
export type { AlarmProps } from './alarms.ts';
export { BundledFunction, type BundledFunctionProps } from './bundled-function.ts';
export type { ClusterAccess, ClusterNetwork } from './cluster-access.ts';
export { ClusterCredential, type WebIdentityOptions } from './cluster-credential.ts';
export {
  ClusterIdentityProvider,
  type ClusterIdentityProviderProps,
  type TrustedIssuer,
} from './cluster-identity-provider.ts';
export { ClusterWebhook, type ClusterWebhookProps } from './cluster-webhook.ts';
export { EncryptionKey, type EncryptionProps } from './encryption-key.ts';
export { FixedEgress, type FixedEgressProps } from './fixed-egress.ts';
export type { FunctionName } from './function-bundle.ts';
export type { FunctionLogProps, FunctionProps } from './function-props.ts';
export { type AccessLogs, HostedIssuer, type HostedIssuerProps } from './hosted-issuer.ts';
export type { IssuerDomain } from './issuer-host.ts';
export { TokenSecret, type TokenSecretProps } from './token-secret.ts';
export type { Callers, WebhookSettings } from './webhook-environment.ts';
export { type AlarmThresholds, WebhookMonitoring, type WebhookMonitoringProps } from './webhook-monitoring.ts';
export { type TrustedPods, WorkloadRole, type WorkloadRoleProps } from './workload-role.ts';
