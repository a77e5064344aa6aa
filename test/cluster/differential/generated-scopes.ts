// Random annotations for pods, ServiceAccounts and namespaces: valid and invalid values, and other spellings.

import type { Chance } from '../../fuzz/chance.ts';
import type { Annotations } from '../manifests.ts';
import { gcpProvider } from '../three-clouds.ts';

const uuid = (digit: number) => '88888888-8888-8888-8888-888888888888'.replaceAll('8', `${digit}`);

const booleans = ['true', 'false', 'true', 'false', ' TRUE ', 'False', 'yes', ''];
const lifetimes = ['3600', '600', '7200', '86400', '86401', '100', '0007200', '99999999999', 'one hour', '-5'];
const audiences = [
  'k3s',
  'sts.amazonaws.com',
  'team-a.example.com',
  'x'.repeat(601),
  ' spaced ',
  'https://kubernetes.default.svc',
  'k3s',
  '$(HOME)',
];

/** The values of each key: usual ones first, which are more likely. */
const clouds: Readonly<Record<string, readonly string[]>> = {
  'aws-role-arn': [
    'arn:aws:iam::123456789012:role/my-app',
    'arn:aws-cn:iam::123456789012:role/path/my-app',
    'arn:aws:iam::123456789012:role/$(HOME)/my-app',
    'arn:aws:iam::999999999999:role/foreign',
    ' arn:aws:iam::123456789012:role/spaced\n',
    'arn:aws:iam::123456789012:user/my-app',
    '  ',
  ],
  'aws-inject': booleans,
  'aws-role-arn.app': ['arn:aws:iam::123456789012:role/of-app', 'arn:aws:iam::999999999999:role/foreign', 'wrong'],
  'aws-role-arn.first': ['arn:aws-cn:iam::123456789012:role/of-first', ' '],
  'aws-role-arn.nobody': ['arn:aws:iam::123456789012:role/of-nobody'],
  'aws-region': ['eu-central-1', 'us-east-1', 'cn-north-1', 'Frankfurt', ''],
  'aws-set-default-region': booleans,
  'aws-role-session-name': ['my-session', '$(pod.name)', '$(pod.uid)', 'not valid', 'x', '$(pod.nonsense)'],
  'aws-sts-regional-endpoints': booleans,
  'aws-audience': audiences,
  'aws-token-expiration': lifetimes,
  'az-client-id': [uuid(1), uuid(2), uuid(9), 'not-a-uuid', uuid(3).replace(/3/, 'A')],
  'az-inject': booleans,
  'az-tenant-id': [uuid(6), uuid(7), uuid(7), 'my-tenant'],
  'az-authority-host': [
    'https://login.microsoftonline.com/',
    'https://login.microsoftonline.us',
    'HTTPS://Login.Microsoftonline.US:443/',
    'https://login.example.com/',
    'login.microsoftonline.com',
    'https://login.microsoftonline.com/tenant',
  ],
  'az-audience': audiences,
  'az-token-expiration': lifetimes,
  'gcp-service-account': [
    'my-app@my-project.iam.gserviceaccount.com',
    'other@my-project.iam.gserviceaccount.com',
    'foreign@elsewhere.iam.gserviceaccount.com',
    'my-app@example.com',
  ],
  'gcp-inject': booleans,
  'gcp-audience': [
    gcpProvider,
    `https:${gcpProvider}`,
    gcpProvider,
    gcpProvider.replace(/projects\/\d+/, 'projects/my-project'),
    'my-pool',
  ],
  'gcp-token-audience': audiences,
  'gcp-project': ['my-project', 'example.com:old-project', 'My Project'],
  'gcp-token-expiration': lifetimes,
  'gcp-token-lifetime': ['3600', '7200', '599', '43201', 'long', '00700'],
  'skip-containers': ['sidecar', 'app, first', 'nonsense', ' , ', 'app,other,first,sidecar,proxy'],
  'include-containers': ['app', 'app,first', 'sidecar,nonsense', ','],
};

const services: Readonly<Record<string, readonly string[]>> = {
  'stackit-service-account-email': ['my-app-1a2b3c4d@sa.stackit.cloud', 'someone@example.com'],
  'stackit-inject': booleans,
  'stackit-audience': audiences,
  'stackit-token-expiration': lifetimes,
  'anthropic-federation-rule-id': ['fdrl_01AbCdEfGh', 'fdrl-wrong'],
  'anthropic-organization-id': [uuid(1), uuid(1), 'mine'],
  'anthropic-workspace-id': ['default', 'wrkspc_01', 'x'],
  'anthropic-inject': booleans,
  'hcp-provider': [
    `iam/project/${uuid(1)}/service-principal/my-app/workload-identity-provider/my-cluster`,
    'iam/project/1',
  ],
  'hcp-project-id': [uuid(1), 'x'],
  'hcp-token-expiration': lifetimes,
  'huawei-idp-id': ['my-cluster'],
  'huawei-audience': ['client-of-huawei', 'k3s'],
  'databricks-client-id': [uuid(1)],
  'databricks-host': ['https://my-workspace.cloud.databricks.com'],
  'databricks-account-id': [uuid(6), uuid(7)],
  'openbao-role': ['my-app', 'my$app', 'NOT-VALID', 'say-"hi"'],
  'openbao-mount': ['jwt', 'other'],
  'openbao-inject': booleans,
  'openbao-audience': ['openbao.example.com', 'team-a.example.com'],
};

const tokens: Readonly<Record<string, readonly string[]>> = {
  'token-vault': ['vault.example.com', 'team-a.example.com', 'kubernetes', 'x'.repeat(601)],
  'token-vault-env': ['VAULT_TOKEN_FILE', 'AZURE_CLIENT_ID', 'OWN_FILE', 'not-a-name'],
  'token-vault-expiration': lifetimes,
  'token-vault-inject': booleans,
  'token-broker': ['broker.example.com'],
  'token-broker-env': ['BROKER_TOKEN', 'VAULT_TOKEN_FILE'],
  'token-aws': ['reserved.example.com'],
  'token-a-env': ['a.example.com', 'A_TOKEN'],
};

const groups = [clouds, clouds, services, tokens] as const;

/** Keys that request an identity, so that many pods get one. */
const requests = [
  { 'aws-role-arn': 0 },
  { 'aws-role-arn': 0, 'aws-region': 0 },
  { 'az-client-id': 0, 'az-tenant-id': 0 },
  { 'gcp-service-account': 0, 'gcp-audience': 0 },
  { 'gcp-inject': 0, 'gcp-audience': 0 },
  { 'anthropic-federation-rule-id': 0, 'anthropic-organization-id': 0 },
  { 'hcp-provider': 0 },
  { 'stackit-service-account-email': 0 },
  { 'databricks-client-id': 0, 'databricks-host': 0, 'databricks-account-id': 0 },
  { 'openbao-role': 0 },
  { 'token-vault': 0, 'token-vault-env': 0 },
] as const;

const all: Readonly<Record<string, readonly string[]>> = { ...clouds, ...services, ...tokens };

export function randomAnnotations(chance: Chance, most: number): Annotations {
  const written: Record<string, string> = {};
  const add = (key: string, value: string) => {
    written[`cwii.dev/${key}`] = value;
  };
  if (chance.onceIn(3)) return written;
  if (!chance.onceIn(3)) for (const key of Object.keys(chance.pick(requests))) add(key, all[key]?.[0] ?? '');
  for (let count = chance.below(most + 1); count > 0; count -= 1) {
    const group = chance.pick(groups);
    const key = chance.pick(Object.keys(group));
    const values = group[key] ?? [];
    add(key, values[Math.min(chance.few(values.length), values.length) - 1] ?? '');
  }
  return written;
}
