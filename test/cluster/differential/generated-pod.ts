// Random pods: containers with variables and mounts of their own that meet those of an identity.

import type { Chance } from '../../fuzz/chance.ts';
import { randomAnnotations } from './generated-scopes.ts';

const ROOT = '/var/run/secrets/cwii.dev';

const variables: readonly (readonly [string, readonly string[]])[] = [
  ['AWS_ROLE_ARN', ['arn:aws:iam::123456789012:role/own', 'arn:aws:iam::123456789012:role/my-app', '', '@secret']],
  ['AWS_WEB_IDENTITY_TOKEN_FILE', ['/own/token', `${ROOT}/aws/token`, '']],
  ['AWS_ACCESS_KEY_ID', ['AKIA', '@secret', '']],
  ['AWS_REGION', ['eu-west-1', '$(HOME_REGION)', '', '@secret']],
  ['AWS_DEFAULT_REGION', ['eu-west-2', '']],
  ['AWS_ROLE_SESSION_NAME', ['own-session']],
  ['AZURE_CLIENT_ID', ['11111111-1111-1111-1111-111111111111', '99999999-9999-9999-9999-999999999999', '@secret', '']],
  ['AZURE_TENANT_ID', ['66666666-6666-6666-6666-666666666666', 'other', '']],
  ['AZURE_FEDERATED_TOKEN_FILE', ['/own/token', `${ROOT}/az/token`]],
  ['AZURE_CLIENT_SECRET', ['secret', '@secret', '']],
  ['AZURE_AUTHORITY_HOST', ['https://login.example.com/']],
  ['GOOGLE_APPLICATION_CREDENTIALS', ['/own/key.json', `${ROOT}/gcp-creds/credentials.json`]],
  ['CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE', [`${ROOT}/gcp-creds/credentials.json`, '/own/file']],
  ['GCLOUD_PROJECT', ['own-project', '']],
  ['GOOGLE_CLOUD_PROJECT', ['own-project', '']],
  ['STACKIT_FEDERATED_TOKEN_FILE', ['/own/token', `${ROOT}/stackit/token`]],
  ['STACKIT_SERVICE_ACCOUNT_EMAIL', ['own@sa.stackit.cloud', '']],
  ['HCP_CRED_FILE', ['/own/file', `${ROOT}/hcp-file/cred_file.json`]],
  ['BAO_ROLE', ['own', 'my-app']],
  ['BAO_TOKEN_PATH', ['/own/token', `${ROOT}/openbao/token`]],
  ['BAO_ADDR', ['https://own.example.com']],
  ['VAULT_TOKEN_FILE', ['/own/token', `${ROOT}/vault/token`]],
  ['OTHER', ['value']],
];

const mounts: readonly (readonly [string, string])[] = [
  ['data', '/data'],
  ['data', '/var/run'],
  ['data', '/run/secrets/cwii.dev/aws'],
  ['data', '/var/run/secrets/cwii.dev/az/'],
  ['data', '/var/run/secrets//cwii.dev/gcp-creds/below'],
  ['data', '/var/run/secrets/cwii.dev'],
  ['secret', '/etc/secret'],
  ['secret', '/var/run/secrets'],
  ['secret', '/run/./secrets/cwii.dev'],
  ['read-only', '/var/run/secrets/cwii.dev/vault/..data'],
];

const volumes = [
  { name: 'data', emptyDir: {} },
  { name: 'secret', secret: { secretName: 'own' } },
  { name: 'read-only', csi: { driver: 'example.com', readOnly: true } },
];

export interface GeneratedPod {
  readonly metadata: object;
  readonly spec: object;
}

export function randomPod(chance: Chance, serviceAccountName: string, index: number): GeneratedPod {
  const names = ['app', ...['other', 'sidecar'].filter(() => chance.onceIn(3))];
  const initNames = ['first', 'proxy'].filter(() => chance.onceIn(4));
  const isWindows = chance.onceIn(12);
  const annotations = randomAnnotations(chance, 5);
  return {
    metadata: {
      ...(chance.onceIn(2) ? { name: `pod-${index}` } : { generateName: `pod-${index}-` }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      serviceAccountName,
      ...(isWindows && { nodeSelector: { 'kubernetes.io/os': 'windows' } }),
      ...(!isWindows && chance.onceIn(10) && { os: { name: 'linux' } }),
      volumes,
      initContainers: initNames.map((name) => container(chance, name)),
      containers: names.map((name) => container(chance, name)),
    },
  };
}

function container(chance: Chance, name: string): object {
  const env = new Map<string, object>();
  // Most containers bring nothing of their own.
  const count = chance.onceIn(2) ? 0 : chance.few(5);
  for (let left = count; left > 0; left -= 1) {
    const [variable, values] = chance.pick(variables);
    env.set(variable, { name: variable, ...sourceOf(chance.pick(values)) });
  }
  const own = chance.onceIn(5) ? [chance.pick(mounts)] : [];
  return {
    name,
    image: 'registry.example.com/app',
    ...(env.size > 0 && { env: [...env.values()] }),
    ...(chance.onceIn(12) && { envFrom: [{ secretRef: { name: 'own' } }] }),
    ...(own.length > 0 && {
      volumeMounts: own.map(([volume, mountPath]) => ({
        name: volume,
        mountPath,
        ...(chance.onceIn(3) && { readOnly: true }),
      })),
    }),
  };
}

function sourceOf(value: string): object {
  return value === '@secret' ? { valueFrom: { secretKeyRef: { name: 'own', key: 'key' } } } : { value };
}
