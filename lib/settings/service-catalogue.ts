// The catalogue of services: those whose variables test/sdk/services.test.ts tries with an SDK of the vendor.

import type { ServiceDefinition } from './service-definition.ts';

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
        pattern: '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
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
