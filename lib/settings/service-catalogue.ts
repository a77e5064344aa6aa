// The catalogue of services. Tests try the variables of each with an SDK of the vendor: an SDK for Node.js in
// test/sdk/services.test.ts, one for Python or Go in test/languages/services.test.ts.

import type { ServiceDefinition } from './service-definition.ts';

const UUID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

/** The IDs of Huawei Cloud. */
const HEX = '[0-9a-f]{32}';
const EXAMPLE_HEX = '0123456789abcdef0123456789abcdef';

export const catalogue: readonly ServiceDefinition[] = [
  {
    name: 'alibaba',
    title: 'Alibaba Cloud',
    documentation: 'https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/use-rrsa',
    trigger: 'role-arn',
    keys: {
      'role-arn': {
        meaning: 'The RAM role to assume.',
        pattern: 'acs:ram::\\d{1,20}:role/[\\w.-]{1,64}',
        example: 'acs:ram::1234567890123456:role/my-app',
      },
      'oidc-provider-arn': {
        meaning: 'The OIDC provider of RAM that trusts the issuer of the cluster.',
        pattern: 'acs:ram::\\d{1,20}:oidc-provider/[\\w.-]{1,128}',
        example: 'acs:ram::1234567890123456:oidc-provider/my-cluster',
        required: true,
      },
      'role-session-name': {
        meaning: 'The name of the session in ActionTrail.',
        pattern: '[\\w.@-]{2,64}',
        example: 'my-app',
      },
      'sts-region': {
        meaning: 'The region whose STS is called.',
        pattern: '[a-z]{2,3}(-[a-z0-9]{1,20}){1,3}',
        example: 'eu-central-1',
      },
    },
    audience: 'sts.aliyuncs.com',
    identity: {
      ALIBABA_CLOUD_ROLE_ARN: '{role-arn}',
      ALIBABA_CLOUD_OIDC_PROVIDER_ARN: '{oidc-provider-arn}',
      ALIBABA_CLOUD_OIDC_TOKEN_FILE: '{token}',
    },
    variables: {
      ALIBABA_CLOUD_ROLE_SESSION_NAME: '{role-session-name}',
      ALIBABA_CLOUD_STS_REGION: '{sts-region}',
    },
    otherCredentials: ['ALIBABA_CLOUD_ACCESS_KEY_ID'],
  },
  {
    name: 'anthropic',
    title: 'the Claude API',
    documentation: 'https://platform.claude.com/docs/en/manage-claude/wif-providers/kubernetes',
    trigger: 'federation-rule-id',
    keys: {
      'federation-rule-id': {
        meaning: 'The federation rule that the token must match.',
        pattern: 'fdrl_[A-Za-z0-9]{1,64}',
        example: 'fdrl_01AbCdEfGh',
      },
      'organization-id': {
        meaning: 'The organization.',
        pattern: UUID,
        example: '11111111-2222-3333-4444-555555555555',
        required: true,
      },
      'service-account-id': {
        meaning: 'The service account, if the rule does not name one.',
        pattern: 'svac_[A-Za-z0-9]{1,64}',
        example: 'svac_01AbCdEfGh',
      },
      'workspace-id': {
        meaning: 'The workspace, if the rule is for several.',
        pattern: 'wrkspc_[A-Za-z0-9]{1,64}|default',
        example: 'wrkspc_01AbCdEfGh',
      },
    },
    audience: 'https://api.anthropic.com',
    identity: {
      ANTHROPIC_FEDERATION_RULE_ID: '{federation-rule-id}',
      ANTHROPIC_ORGANIZATION_ID: '{organization-id}',
      ANTHROPIC_SERVICE_ACCOUNT_ID: '{service-account-id}',
      ANTHROPIC_WORKSPACE_ID: '{workspace-id}',
      ANTHROPIC_IDENTITY_TOKEN_FILE: '{token}',
    },
    otherCredentials: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_PROFILE'],
  },
  {
    name: 'databricks',
    title: 'Databricks',
    documentation: 'https://docs.databricks.com/aws/en/dev-tools/auth/oauth-federation-provider',
    trigger: 'client-id',
    keys: {
      'client-id': {
        meaning: 'The application ID of the service principal.',
        pattern: UUID,
        example: '11111111-2222-3333-4444-555555555555',
      },
      host: {
        meaning: 'The URL of the workspace.',
        pattern: 'https://[a-z0-9.-]{1,253}',
        example: 'https://my-workspace.cloud.databricks.com',
        required: true,
      },
      'account-id': {
        meaning: 'The account. Its ID is the audience that a federation policy has by default.',
        pattern: UUID,
        example: '66666666-7777-8888-9999-000000000000',
      },
    },
    audience: '{account-id}',
    identity: {
      DATABRICKS_HOST: '{host}',
      DATABRICKS_CLIENT_ID: '{client-id}',
      DATABRICKS_AUTH_TYPE: 'file-oidc',
      DATABRICKS_OIDC_TOKEN_FILEPATH: '{token}',
    },
    variables: { DATABRICKS_ACCOUNT_ID: '{account-id}' },
  },
  {
    name: 'hcp',
    title: 'HCP',
    documentation: 'https://developer.hashicorp.com/hcp/docs/hcp/iam/service-principal/workload-identity-federation',
    trigger: 'provider',
    keys: {
      provider: {
        meaning: 'The resource name of the workload identity provider.',
        pattern: 'iam/project/[0-9a-f-]{36}/service-principal/[\\w-]{1,64}/workload-identity-provider/[\\w-]{1,64}',
        example:
          'iam/project/11111111-2222-3333-4444-555555555555/service-principal/my-app/workload-identity-provider/my-cluster',
      },
      'organization-id': {
        meaning: 'The organization.',
        pattern: UUID,
        example: '66666666-7777-8888-9999-000000000000',
      },
      'project-id': { meaning: 'The project.', pattern: UUID, example: '11111111-2222-3333-4444-555555555555' },
    },
    audience: '{provider}',
    identity: { HCP_CRED_FILE: '{file}' },
    variables: { HCP_ORGANIZATION_ID: '{organization-id}', HCP_PROJECT_ID: '{project-id}' },
    otherCredentials: ['HCP_CLIENT_ID'],
    file: {
      name: 'cred_file.json',
      json: { scheme: 'workload', workload: { provider_resource_name: '{provider}', file: { path: '{token}' } } },
    },
  },
  {
    name: 'huawei',
    title: 'Huawei Cloud',
    documentation: 'https://support.huaweicloud.com/intl/en-us/usermanual-iam/iam_08_0251.html',
    trigger: 'idp-id',
    keys: {
      'idp-id': {
        meaning: 'The name of the OIDC identity provider in IAM. It fixes the audience, as its client ID.',
        pattern: '[\\w-]{1,64}',
        example: 'my-cluster',
      },
      'project-id': { meaning: 'The project, for services of a region.', pattern: HEX, example: EXAMPLE_HEX },
      'domain-id': { meaning: 'The account, for global services.', pattern: HEX, example: EXAMPLE_HEX },
    },
    identity: { HUAWEICLOUD_SDK_IDP_ID: '{idp-id}', HUAWEICLOUD_SDK_ID_TOKEN_FILE: '{token}' },
    variables: { HUAWEICLOUD_SDK_PROJECT_ID: '{project-id}', HUAWEICLOUD_SDK_DOMAIN_ID: '{domain-id}' },
  },
  {
    name: 'stackit',
    title: 'STACKIT',
    documentation: 'https://github.com/stackitcloud/stackit-sdk-go',
    trigger: 'service-account-email',
    keys: {
      'service-account-email': {
        meaning: 'The service account.',
        pattern: '[a-z0-9.-]{1,128}@[a-z0-9.-]{1,128}\\.stackit\\.cloud',
        example: 'my-app-1a2b3c4d@sa.stackit.cloud',
      },
    },
    audience: 'sts.accounts.stackit.cloud',
    identity: { STACKIT_SERVICE_ACCOUNT_EMAIL: '{service-account-email}', STACKIT_FEDERATED_TOKEN_FILE: '{token}' },
    tokenExpiration: { default: 600 },
  },
  {
    name: 'tencent',
    title: 'Tencent Cloud',
    documentation: 'https://www.tencentcloud.com/document/product/457/57285',
    trigger: 'role-arn',
    keys: {
      'role-arn': {
        meaning: 'The CAM role to assume.',
        pattern: 'qcs::cam::uin/\\d{1,20}:roleName/[\\w.@-]{1,128}',
        example: 'qcs::cam::uin/100001234567:roleName/my-app',
      },
      'provider-id': {
        meaning: 'The name of the OIDC identity provider in CAM.',
        pattern: '[\\w.-]{1,128}',
        example: 'my-cluster',
        required: true,
      },
      region: {
        meaning: 'The region whose STS is called.',
        pattern: '[a-z]{2}(-[a-z0-9]{1,20}){1,3}',
        example: 'eu-frankfurt',
        required: true,
      },
    },
    audience: 'sts.cloud.tencent.com',
    identity: {
      TKE_REGION: '{region}',
      TKE_PROVIDER_ID: '{provider-id}',
      TKE_ROLE_ARN: '{role-arn}',
      TKE_WEB_IDENTITY_TOKEN_FILE: '{token}',
    },
    otherCredentials: ['TENCENTCLOUD_SECRET_ID'],
  },
];
