// The requests of a ServiceAccount, by the resolver of admissions, as far as no pod decides.

import { evaluate } from '../../lib/admission/evaluate.ts';
import { AWS_CONFIG, GCP_CREDENTIALS, type ProviderId } from '../../lib/annotations/keys.ts';
import type { Resolution } from '../../lib/annotations/resolve.ts';
import type { Scope } from '../../lib/annotations/scope.ts';
import { readPod } from '../../lib/kubernetes/pod.ts';
import type { ProviderPlan } from '../../lib/providers/plan.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { selectProviders } from '../../lib/providers/provider-set.ts';
import { allServices } from '../../lib/providers/services/custom-services.ts';
import { toolbox } from '../../lib/providers/toolbox.ts';
import { ROLE_ARN } from '../../lib/settings/formats.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import type {
  Cloud,
  CloudIdentity,
  CloudRequest,
  Identity,
  Requests,
  ServiceAccountName,
  ServiceIdentity,
  TargetRole,
  TokenOrder,
} from './identities.ts';

const cloudOf: Readonly<Record<ProviderId, Cloud>> = { aws: 'aws', az: 'azure', gcp: 'gcp' };

/** @param scopes of the ServiceAccount and of its namespace. @throws {ConfigError} for invalid services. */
export async function requestsOf(
  { namespace, name }: ServiceAccountName,
  scopes: readonly Scope[],
  settings: MutateSettings,
): Promise<Requests> {
  // With this delivery, GCP's credentials file is an annotation of the plan.
  const delivery: Scope = { kind: 'pod', object: 'Pod', annotations: { 'cwii.dev/gcp-delivery': 'downward-api' } };
  const all = [delivery, ...scopes];
  const selected = await selectProviders(all, undefined, settings);
  const { resolution, evaluated } = evaluate(all, { namespace, pod: undefined }, settings, [], selected);
  const containers = [{ name: 'app', image: 'app' }];
  const pod = readPod({ metadata: { name }, spec: { serviceAccountName: name, containers } }, namespace);
  const requests = evaluated.map(async ({ provider, outcome }): Promise<readonly CloudRequest[]> => {
    const { kind, findings } = outcome;
    // A withheld identity without a finding is one that an annotation suppresses.
    if (kind === 'not-requested' || (kind === 'withheld' && findings.length === 0)) return [];
    const request = { cloud: isCloud(provider.id) ? cloudOf[provider.id] : provider.id, title: provider.cloud };
    if (kind === 'inject') {
      const identities = await identitiesIn(outcome.planFor(pod), provider, resolution, settings);
      return [{ ...request, identities, problems: [], incomplete: identities.length === 0 }];
    }
    const incomplete = findings.every((finding) => finding.incomplete);
    return [{ ...request, identities: [], problems: findings, incomplete }];
  });
  return { clouds: (await Promise.all(requests)).flat(), findings: resolution.findings };
}

function isCloud(id: string): id is ProviderId {
  return Object.hasOwn(cloudOf, id);
}

async function identitiesIn(
  plan: ProviderPlan,
  { id, cloud: title }: Provider,
  resolution: Resolution,
  settings: MutateSettings,
): Promise<readonly Identity[]> {
  if (isCloud(id)) return readIdentities[id](plan, resolution);
  const definition = (await allServices(settings, toolbox)).find(({ name }) => name === id);
  const values = Object.entries(definition?.keys ?? {}).flatMap(([key, { default: byDefault }]) => {
    const value = resolution.find(`cwii.dev/${id}-${key}`)?.value ?? byDefault;
    return value === undefined ? [] : [[key, String(value)] as const];
  });
  const { documentation } = definition ?? {};
  const identity: ServiceIdentity = {
    cloud: 'service',
    id,
    title,
    documentation,
    values: Object.fromEntries(values),
    ...tokenOf(plan),
  };
  return [identity];
}

const readIdentities: Readonly<Record<ProviderId, (plan: ProviderPlan, of: Resolution) => readonly CloudIdentity[]>> = {
  aws(plan, resolution) {
    const role = resolution.get('cwii.dev/aws-role-arn')?.value;
    const ofContainers = [...resolution.containerRoles.values()].map(({ value }) => value);
    const roles = [...(role === undefined ? [] : [role]), ...ofContainers].filter((arn) => ROLE_ARN.test(arn));
    const region = variable(plan, 'AWS_REGION');
    // The target trusts the role of the pod, not those of single containers.
    const target = plan.annotations[AWS_CONFIG] === undefined ? undefined : targetIn(resolution);
    return [...new Set(roles)].map((roleArn) => ({
      cloud: 'aws',
      ...tokenOf(plan),
      roleArn,
      region,
      ...(roleArn === role && target && { target }),
    }));
  },

  az(plan, resolution) {
    const clientId = resolution.get('cwii.dev/az-client-id')?.value;
    const tenantId = variable(plan, 'AZURE_TENANT_ID');
    const authorityHost = variable(plan, 'AZURE_AUTHORITY_HOST');
    if (clientId === undefined || tenantId === undefined || authorityHost === undefined) return [];
    return [{ cloud: 'azure', ...tokenOf(plan), clientId, tenantId, authorityHost }];
  },

  gcp(plan, resolution) {
    const credentials = JSON.parse(plan.annotations[GCP_CREDENTIALS] ?? '') as {
      readonly audience: string;
      readonly service_account_impersonation?: { readonly token_lifetime_seconds: number };
    };
    return [
      {
        cloud: 'gcp',
        ...tokenOf(plan),
        provider: credentials.audience,
        serviceAccount: resolution.get('cwii.dev/gcp-service-account')?.value,
        accessSeconds: credentials.service_account_impersonation?.token_lifetime_seconds,
      },
    ];
  },
};

function targetIn(resolution: Resolution): TargetRole | undefined {
  const target = resolution.get('cwii.dev/aws-target-role-arn')?.value;
  return target === undefined
    ? undefined
    : { roleArn: target, externalId: resolution.get('cwii.dev/aws-external-id')?.value };
}

/** The token as the plan's volume requests it from the kubelet. */
function tokenOf({ volumes: [volume] }: ProviderPlan): TokenOrder {
  const { sources } = volume['projected'] as { readonly sources: readonly [{ serviceAccountToken: TokenOrder }] };
  const [{ serviceAccountToken }] = sources;
  return { audience: serviceAccountToken.audience, expirationSeconds: serviceAccountToken.expirationSeconds };
}

/** The values here are IDs, URLs and regions, which contain no `$` that would be escaped. */
function variable({ identity, extras }: ProviderPlan, name: string): string | undefined {
  return [...identity, ...extras].find((entry) => entry.name === name)?.value;
}
