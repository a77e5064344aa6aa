// The identities that a ServiceAccount requests, by the resolver of admissions, as far as no pod decides.

import { evaluate } from '../../lib/admission/evaluate.ts';
import type { Finding } from '../../lib/annotations/findings.ts';
import { GCP_CREDENTIALS, type ProviderId } from '../../lib/annotations/keys.ts';
import type { Resolution } from '../../lib/annotations/resolve.ts';
import type { Scope } from '../../lib/annotations/scope.ts';
import { readPod } from '../../lib/kubernetes/pod.ts';
import type { ProviderPlan } from '../../lib/providers/plan.ts';
import { providers } from '../../lib/providers/registry.ts';
import { ROLE_ARN } from '../../lib/settings/formats.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';

/** The token that a pod presents to the cloud. */
export interface TokenOrder {
  readonly audience: string;
  readonly expirationSeconds: number;
}

export interface AwsIdentity extends TokenOrder {
  readonly cloud: 'aws';
  readonly roleArn: string;
  /** The region whose STS a pod calls; undefined for the default of the partition. */
  readonly region: string | undefined;
}

export interface AzureIdentity extends TokenOrder {
  readonly cloud: 'azure';
  readonly clientId: string;
  readonly tenantId: string;
  /** The URL of the login host, with a slash at its end. */
  readonly authorityHost: string;
}

export interface GcpIdentity extends TokenOrder {
  readonly cloud: 'gcp';
  /** The full name of the workload identity provider, beginning with `//`. */
  readonly provider: string;
  /** The service account that is impersonated; undefined for direct federation. */
  readonly serviceAccount: string | undefined;
  /** The lifetime of its access token, if an annotation sets it. */
  readonly accessSeconds: number | undefined;
}

export type Identity = AwsIdentity | AzureIdentity | GcpIdentity;
export type Cloud = Identity['cloud'];
export const clouds = ['aws', 'azure', 'gcp'] as const satisfies readonly Cloud[];

/** The request of a ServiceAccount for one cloud. */
export interface CloudRequest {
  readonly cloud: Cloud;
  /** Several for roles of single containers. Empty if the identity is impossible or incomplete. */
  readonly identities: readonly Identity[];
  /** Why there is no identity. */
  readonly problems: readonly Finding[];
  /** Whether there is no identity because a pod or its owner has to set the rest. */
  readonly incomplete: boolean;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

const cloudOf: Readonly<Record<ProviderId, Cloud>> = { aws: 'aws', az: 'azure', gcp: 'gcp' };

/** The `sub` of its tokens. */
export function subjectOf({ namespace, name }: ServiceAccountName): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export interface Requests {
  readonly clouds: readonly CloudRequest[];
  /** Values that could not be read, and keys that do not exist. */
  readonly findings: readonly Finding[];
}

/** @param scopes of the ServiceAccount and of its namespace. */
export function requestsOf(
  { namespace, name }: ServiceAccountName,
  scopes: readonly Scope[],
  settings: MutateSettings,
): Requests {
  // With this delivery, GCP's credentials file is an annotation of the plan.
  const delivery: Scope = { kind: 'pod', object: 'Pod', annotations: { 'cwii.dev/gcp-delivery': 'downward-api' } };
  const { resolution, evaluated } = evaluate([delivery, ...scopes], { namespace, pod: undefined }, settings);
  const containers = [{ name: 'app', image: 'app' }];
  const pod = readPod({ metadata: { name }, spec: { serviceAccountName: name, containers } }, namespace);
  const requests = evaluated.flatMap(({ outcome }, index): CloudRequest[] => {
    const id = providers[index]?.id;
    const { kind, findings } = outcome;
    // A withheld identity without a finding is one that an annotation suppresses.
    if (id === undefined || kind === 'not-requested' || (kind === 'withheld' && findings.length === 0)) return [];
    if (kind === 'inject') {
      const identities = readIdentities[id](outcome.planFor(pod), resolution);
      return [{ cloud: cloudOf[id], identities, problems: [], incomplete: identities.length === 0 }];
    }
    const incomplete = findings.every((finding) => finding.incomplete);
    return [{ cloud: cloudOf[id], identities: [], problems: findings, incomplete }];
  });
  return { clouds: requests, findings: resolution.findings };
}

const readIdentities: Readonly<Record<ProviderId, (plan: ProviderPlan, of: Resolution) => readonly Identity[]>> = {
  aws(plan, resolution) {
    const role = resolution.get('cwii.dev/aws-role-arn')?.value;
    const ofContainers = [...resolution.containerRoles.values()].map(({ value }) => value);
    const roles = [...(role === undefined ? [] : [role]), ...ofContainers].filter((arn) => ROLE_ARN.test(arn));
    const region = variable(plan, 'AWS_REGION');
    return [...new Set(roles)].map((roleArn) => ({ cloud: 'aws', ...tokenOf(plan), roleArn, region }));
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
