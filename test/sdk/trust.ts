// The ServiceAccount that the fakes of the clouds trust, and the annotations that ask for its identities.

import { serviceSdks } from '../../testing/sdks/programs.ts';
import { type AwsAccount, answerAsSts } from './aws-endpoint.ts';
import { type AzureTenant, answerAsMicrosoft } from './azure-endpoint.ts';
import { answerAsGoogle, type GcpProject } from './gcp-endpoint.ts';
import { answerAsServices, type ServiceName, type ServiceTrust } from './services-endpoint.ts';
import type { ClusterIdentity } from './token-issuer.ts';

/** The only ServiceAccount that the clouds trust. */
export const namespace = 'shop';
export const serviceAccount = 'web';
export const subject = `system:serviceaccount:${namespace}:${serviceAccount}`;

export const roleArn = 'arn:aws:iam::123456789012:role/web';
/** A role of another account, which trusts the first one. */
export const targetRole = {
  'cwii.dev/aws-target-role-arn': 'arn:aws:iam::210987654321:role/shared-data',
  'cwii.dev/aws-external-id': 'my-cluster',
};
const pool = '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool';
const gcpProvider = `${pool}/providers/my-cluster`;
/** A provider that only allows the audience `gcpTokenAudience`, instead of its own name. */
export const gcpProviderOfAudience = `${pool}/providers/my-audience`;
export const gcpTokenAudience = 'sts.googleapis.com';
export const googleAccount = 'web@my-project.iam.gserviceaccount.com';
/** A service account that may not look up its project. */
export const blindGoogleAccount = 'blind@my-project.iam.gserviceaccount.com';
export const gcpProject = 'my-project';
export const tenantId = '66666666-7777-8888-9999-000000000000';
export const clientId = '11111111-2222-3333-4444-555555555555';

export const awsAnnotations = { 'cwii.dev/aws-role-arn': roleArn };
export const awsInFrankfurt = { ...awsAnnotations, 'cwii.dev/aws-region': 'eu-central-1' };
export const gcpAnnotations = { 'cwii.dev/gcp-audience': gcpProvider, 'cwii.dev/gcp-service-account': googleAccount };
export const gcpDirectAnnotations = { 'cwii.dev/gcp-audience': gcpProvider, 'cwii.dev/gcp-inject': 'true' };
export const azureAnnotations = { 'cwii.dev/az-client-id': clientId, 'cwii.dev/az-tenant-id': tenantId };

/** The annotations that request each service of the catalogue. */
export const serviceAnnotations = {
  alibaba: {
    'cwii.dev/alibaba-role-arn': 'acs:ram::1234567890123456:role/web',
    'cwii.dev/alibaba-oidc-provider-arn': 'acs:ram::1234567890123456:oidc-provider/my-cluster',
    'cwii.dev/alibaba-role-session-name': 'web',
    'cwii.dev/alibaba-sts-region': 'eu-central-1',
  },
  anthropic: {
    'cwii.dev/anthropic-federation-rule-id': 'fdrl_01AbCdEfGh',
    'cwii.dev/anthropic-organization-id': '11111111-2222-3333-4444-555555555555',
    'cwii.dev/anthropic-service-account-id': 'svac_01AbCdEfGh',
    'cwii.dev/anthropic-workspace-id': 'wrkspc_01AbCdEfGh',
  },
  databricks: {
    'cwii.dev/databricks-client-id': '11111111-2222-3333-4444-555555555555',
    'cwii.dev/databricks-host': 'https://my-workspace.cloud.databricks.com',
    'cwii.dev/databricks-account-id': '66666666-7777-8888-9999-000000000000',
  },
  hcp: {
    'cwii.dev/hcp-provider':
      'iam/project/11111111-2222-3333-4444-555555555555/service-principal/web/workload-identity-provider/my-cluster',
    'cwii.dev/hcp-organization-id': '66666666-7777-8888-9999-000000000000',
    'cwii.dev/hcp-project-id': '11111111-2222-3333-4444-555555555555',
  },
  huawei: {
    'cwii.dev/huawei-idp-id': 'my-cluster',
    'cwii.dev/huawei-audience': 'huawei.example.com',
    'cwii.dev/huawei-project-id': '0123456789abcdef0123456789abcdef',
  },
  stackit: { 'cwii.dev/stackit-service-account-email': 'web-1a2b3c4d@sa.stackit.cloud' },
  tencent: {
    'cwii.dev/tencent-role-arn': 'qcs::cam::uin/100001234567:roleName/web',
    'cwii.dev/tencent-provider-id': 'my-cluster',
    'cwii.dev/tencent-region': 'eu-frankfurt',
  },
} as const;

/** The services of the catalogue by the languages of the SDKs that tests run. */
export const servicesByLanguage = {
  node: namesOf(serviceSdks.javascript),
  python: namesOf(serviceSdks.python),
  go: namesOf(serviceSdks.go),
} as const;

function namesOf<T extends object>(sdks: T): (keyof T)[] {
  return Object.keys(sdks) as (keyof T)[];
}

/** The answers of the fakes, as if administrators of the three clouds had set up trust in a cluster. */
export function trust(cluster: ClusterIdentity) {
  const account: AwsAccount = {
    ...cluster,
    clientIds: ['sts.amazonaws.com'],
    roles: { [roleArn]: { aud: 'sts.amazonaws.com', sub: subject } },
    otherRoles: {
      [targetRole['cwii.dev/aws-target-role-arn']]: {
        trusts: roleArn,
        externalId: targetRole['cwii.dev/aws-external-id'],
      },
    },
  };
  const project: GcpProject = {
    ...cluster,
    id: gcpProject,
    number: '123456789012',
    allowedAudiences: { [gcpProvider]: [], [gcpProviderOfAudience]: [gcpTokenAudience] },
    subjects: [subject],
    serviceAccounts: { [googleAccount]: [subject], [blindGoogleAccount]: [subject] },
    viewers: [googleAccount],
  };
  const tenant: AzureTenant = {
    ...cluster,
    tenantId,
    applications: { [clientId]: { subject, audience: 'api://AzureADTokenExchange' } },
  };
  const services = answerAsServices(serviceTrusts(cluster, subject));
  return { services, aws: answerAsSts(account), gcp: answerAsGoogle(project), azure: answerAsMicrosoft(tenant) };
}

/** The trust of each service in one ServiceAccount. */
export function serviceTrusts(cluster: ClusterIdentity, trusted: string): Readonly<Record<ServiceName, ServiceTrust>> {
  const { alibaba, anthropic, databricks, hcp, huawei, stackit, tencent } = serviceAnnotations;
  return {
    alibaba: {
      ...cluster,
      subject: trusted,
      identity: {
        RoleArn: alibaba['cwii.dev/alibaba-role-arn'],
        OIDCProviderArn: alibaba['cwii.dev/alibaba-oidc-provider-arn'],
      },
    },
    anthropic: {
      ...cluster,
      subject: trusted,
      identity: {
        federation_rule_id: anthropic['cwii.dev/anthropic-federation-rule-id'],
        organization_id: anthropic['cwii.dev/anthropic-organization-id'],
        service_account_id: anthropic['cwii.dev/anthropic-service-account-id'],
        workspace_id: anthropic['cwii.dev/anthropic-workspace-id'],
      },
    },
    databricks: {
      ...cluster,
      subject: trusted,
      identity: { client_id: databricks['cwii.dev/databricks-client-id'] },
    },
    hcp: { ...cluster, subject: trusted, identity: { provider: hcp['cwii.dev/hcp-provider'] } },
    huawei: { ...cluster, subject: trusted, identity: { provider: huawei['cwii.dev/huawei-idp-id'] } },
    stackit: {
      ...cluster,
      subject: trusted,
      identity: { client_id: stackit['cwii.dev/stackit-service-account-email'] },
    },
    tencent: {
      ...cluster,
      subject: trusted,
      identity: {
        RoleArn: tencent['cwii.dev/tencent-role-arn'],
        ProviderId: tencent['cwii.dev/tencent-provider-id'],
      },
    },
  };
}
