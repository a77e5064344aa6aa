// A cloud, a service of the catalogue and a service of one's own, as subjects of the same tests.

export type Annotations = Readonly<Record<string, string>>;

export interface Subject {
  /** In the status annotation and in the names of annotations. */
  readonly id: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The page with the section of the subject, and its heading. */
  readonly docs: readonly [page: string, heading: string];
  /** The annotation that requests it, with its variable. */
  readonly trigger: { readonly key: string; readonly value: string; readonly malformed: string };
  readonly principal: string;
  /** Another key, with its variable. */
  readonly second: { readonly key: string; readonly variable: string; readonly values: readonly [string, string] };
  readonly further?: Annotations;
  readonly tokenVariable: string;
  /** The finding for a malformed value. */
  readonly problem: string;
  readonly rail: Readonly<Record<string, string>>;
  readonly misspelt: string;
}

export const subjects: readonly Subject[] = [
  {
    id: 'aws',
    docs: ['aws.md', '# AWS'],
    trigger: {
      key: 'cwii.dev/aws-role-arn',
      value: 'arn:aws:iam::123456789012:role/shop',
      malformed: 'arn:aws:iam::123456789012:user/shop',
    },
    principal: 'AWS_ROLE_ARN',
    second: { key: 'cwii.dev/aws-region', variable: 'AWS_REGION', values: ['eu-central-1', 'us-east-1'] },
    tokenVariable: 'AWS_WEB_IDENTITY_TOKEN_FILE',
    problem: 'not the ARN of an IAM role',
    rail: { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::999999999999:role/*' },
    misspelt: 'cwii.dev/aws-role-ran',
  },
  {
    id: 'databricks',
    docs: ['services.md', '### Databricks'],
    trigger: {
      key: 'cwii.dev/databricks-client-id',
      value: '11111111-2222-3333-4444-555555555555',
      malformed: 'my-client',
    },
    principal: 'DATABRICKS_CLIENT_ID',
    second: {
      key: 'cwii.dev/databricks-host',
      variable: 'DATABRICKS_HOST',
      values: ['https://one.cloud.databricks.com', 'https://two.cloud.databricks.com'],
    },
    further: { 'cwii.dev/databricks-account-id': '66666666-7777-8888-9999-000000000000' },
    tokenVariable: 'DATABRICKS_OIDC_TOKEN_FILEPATH',
    problem: 'not a value that the service accepts',
    rail: { CWII_ALLOWED_SERVICE_VALUES: 'databricks-client-id=9*' },
    misspelt: 'cwii.dev/databricks-clint-id',
  },
  {
    id: 'my-broker',
    env: {
      CWII_CUSTOM_SERVICES: JSON.stringify([
        {
          name: 'my-broker',
          title: 'My Broker',
          trigger: 'role',
          keys: {
            role: { meaning: 'The role.', pattern: '[a-z-]{1,20}', example: 'shop' },
            region: { meaning: 'The region.', pattern: '[a-z]{2}', example: 'eu', required: true },
          },
          audience: 'broker.example.com',
          identity: { BROKER_ROLE: '{role}', BROKER_TOKEN_FILE: '{token}' },
          variables: { BROKER_REGION: '{region}' },
        },
      ]),
    },
    docs: ['services.md', '## Services of your own'],
    trigger: { key: 'cwii.dev/my-broker-role', value: 'shop', malformed: 'Shop' },
    principal: 'BROKER_ROLE',
    second: { key: 'cwii.dev/my-broker-region', variable: 'BROKER_REGION', values: ['eu', 'us'] },
    tokenVariable: 'BROKER_TOKEN_FILE',
    problem: 'not a value that the service accepts',
    rail: { CWII_ALLOWED_SERVICE_VALUES: 'my-broker-role=admin' },
    misspelt: 'cwii.dev/my-broker-rol',
  },
];
