// The objects of cwii in a cluster, as `cwii manifests` writes them and `cwii check` expects them.

import type { Cluster } from '../../cluster-file/cluster-file.ts';
import { functionEnvironment } from '../../cluster-file/function-environment.ts';
import type { ProviderId } from '../../lib/annotations/keys.ts';
import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import { parseOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import { catalogue } from '../../lib/settings/service-catalogue.ts';
import type { ServiceDefinition } from '../../lib/settings/service-definition.ts';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';
import type { Commented } from './commented-yaml.ts';
import { flowObjects } from './flow-schema.ts';
import type { InjectInput } from './inject/policies.ts';
import type { Identities } from './names.ts';
import { accessObjects } from './rbac.ts';
import { type PolicyInput, requirePolicies, staticRequirePolicy } from './require-policies.ts';
import { commentedWebhookConfiguration } from './webhook-configuration.ts';

/** The kinds of `settings.ownerKinds`. */
export function ownerKindsOf({ settings }: Cluster): readonly ObjectKind[] {
  return (settings.ownerKinds ?? []).flatMap(parseOwnerKinds);
}

/** RBAC; nothing if the function does not read the cluster. */
export function accessOf(cluster: Cluster): readonly Commented[] {
  if (cluster.credential.none) return [];
  const issuer = cluster.issuerHosting !== undefined;
  const callerTokens = cluster.callers.subjects.length > 0;
  return accessObjects({
    identities: identitiesOf(cluster),
    ownerKinds: ownerKindsOf(cluster),
    issuer,
    callerTokens,
  });
}

/** API Priority and Fairness; nothing if the function does not read the cluster. */
export function flowControlOf(cluster: Cluster): readonly Commented[] {
  if (cluster.credential.none) return [];
  return flowObjects({ identities: identitiesOf(cluster), ownerKinds: ownerKindsOf(cluster) });
}

function identitiesOf({ credential }: Cluster): Identities {
  return credential.secret ? 'service-account' : 'users';
}

/** @param ca in PEM, for a certificate that is not from a public CA. */
export function registrationOf(cluster: Cluster, url: string, ca?: string): Commented {
  return commentedWebhookConfiguration({ url, ca, ownerKinds: ownerKindsOf(cluster), ...cluster.webhook });
}

/** The policies of `--require` and their bindings. */
export function policiesOf(cluster: Cluster): readonly Commented[] {
  return requirePolicies(policyInputOf(cluster));
}

/** The same for files of the API server. */
export function staticPoliciesOf(cluster: Cluster): readonly Commented[] {
  return staticRequirePolicy(policyInputOf(cluster));
}

function policyInputOf(cluster: Cluster): PolicyInput {
  const { providers, settings, webhook } = cluster;
  const enabled: Readonly<Record<ProviderId, boolean | undefined>> = {
    aws: providers.aws.enabled,
    az: providers.azure.enabled,
    gcp: providers.gcp.enabled,
  };
  return {
    clouds: (Object.keys(enabled) as ProviderId[]).filter((id) => enabled[id] ?? true),
    services: servicesOf(cluster),
    onInvalid: settings.onInvalid,
    nativeAnnotations: settings.nativeAnnotations ?? false,
    azDefaultTenantId: providers.azure.defaultTenantId,
    gcpDefaultAudience: providers.gcp.defaultAudience,
    namespaces: webhook.namespaces,
  };
}

/** The policies of `--policies` and their bindings. */
export function injectInputOf(cluster: Cluster): InjectInput {
  return {
    settings: parseMutateSettings(functionEnvironment(cluster, undefined)),
    services: servicesOf(cluster),
    namespaces: cluster.webhook.namespaces,
  };
}

/** The enabled services of the catalogue and those of one's own. */
function servicesOf({ settings, services = [] }: Cluster): readonly ServiceDefinition[] {
  const enabled = settings.catalogueServices;
  return [...catalogue.filter(({ name }) => enabled === undefined || enabled.includes(name)), ...services];
}
