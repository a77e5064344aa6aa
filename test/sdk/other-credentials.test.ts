// Which credentials the SDKs use if a container sets others beside the injected identity, and what cwii says.
//
// For JavaScript, and without an installation. test/languages/matrix.test.ts has the other languages, and the
// tables of the documents.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionOf } from './aws-endpoint.ts';
import { clientToken } from './azure-endpoint.ts';
import { type FederatedCluster, startFederatedCluster } from './federated-cluster.ts';
import { impersonatedToken } from './gcp-endpoint.ts';
import {
  awsInFrankfurt,
  azureAnnotations,
  clientId,
  gcpAnnotations,
  gcpProject,
  googleAccount,
  roleArn,
} from './trust.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

const inFrankfurt = {
  ...awsInFrankfurt,
  'cwii.dev/aws-role-session-name': 'web',
};

const files = {
  credentials:
    '[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s\n[shop]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n',
  config: '[default]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = s\n',
  region: '[default]\nregion = eu-central-1\n',
};

describe('AWS’s SDK for JavaScript', { concurrent: true }, () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAVARIABLE', AWS_SECRET_ACCESS_KEY: 's' };
  test.each<{ env: Record<string, string>; key?: string; warnings: number }>([
    { env: keys, key: 'AKIAVARIABLE', warnings: 1 },
    { env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, warnings: 0 },
    { env: { AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' }, warnings: 0 },
    { env: { AWS_ACCESS_KEY: 'AKIAVARIABLE', AWS_SECRET_KEY: 's' }, warnings: 1 },
    { env: { AWS_PROFILE: 'shop', AWS_SHARED_CREDENTIALS_FILE: 'credentials' }, key: 'AKIAPROFILE', warnings: 2 },
    { env: { AWS_PROFILE: 'missing' }, warnings: 1 },
    { env: { AWS_PROFILE: '' }, warnings: 1 },
    { env: { AWS_DEFAULT_PROFILE: 'shop' }, warnings: 1 },
    { env: { AWS_SHARED_CREDENTIALS_FILE: 'credentials' }, key: 'AKIAFILE', warnings: 1 },
    { env: { AWS_SHARED_CREDENTIALS_FILE: '', AWS_CONFIG_FILE: '' }, warnings: 0 },
    { env: { AWS_CONFIG_FILE: 'config' }, key: 'AKIACONFIG', warnings: 1 },
    { env: { AWS_CONFIG_FILE: 'region' }, warnings: 1 },
    { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost/credentials' }, warnings: 0 },
    { env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/credentials' }, warnings: 0 },
  ])('uses $key with $env, and the webhook gives $warnings warnings', async ({ env, key, warnings }) => {
    const pod = await cluster.admit(inFrankfurt, ({ spec }, root) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
      const value = (text: string) => (Object.hasOwn(files, text) ? join(root, text) : text);
      spec.containers = [
        { name: 'app', env: Object.entries(env).map(([name, text]) => ({ name, value: value(text) })) },
      ];
    });

    const { results } = await pod.runSdks(['aws default chain']);

    const credentials = key === undefined ? { sessionToken: sessionOf(roleArn, 'web') } : { accessKeyId: key };
    expect(results['aws default chain'].credentials).toMatchObject(credentials);
    expect(pod.warnings).toHaveLength(warnings);
  });
});

describe('Google’s SDK for JavaScript', { concurrent: true }, () => {
  test.each<{ env: Record<string, string>; warnings: number }>([
    { env: { GOOGLE_CREDENTIALS: '{"type":"service_account"}' }, warnings: 1 },
    { env: { GOOGLE_OAUTH_ACCESS_TOKEN: 'other' }, warnings: 1 },
    { env: { CLOUDSDK_AUTH_ACCESS_TOKEN: 'other' }, warnings: 1 },
    { env: { CLOUDSDK_CONFIG: '/config', GOOGLE_API_KEY: 'other' }, warnings: 0 },
  ])('uses the injected identity with $env, and the webhook gives $warnings warnings', async ({ env, warnings }) => {
    const pod = await cluster.admit({ ...gcpAnnotations, 'cwii.dev/gcp-project': gcpProject }, ({ spec }) => {
      spec.containers = [{ name: 'app', env: Object.entries(env).map(([name, value]) => ({ name, value })) }];
    });

    const { results } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: impersonatedToken(googleAccount) });
    expect(pod.warnings).toHaveLength(warnings);
  });
});

describe('DefaultAzureCredential for JavaScript', { concurrent: true }, () => {
  test.each<{ env: Record<string, string>; uses?: 'the token'; warnings: number }>([
    { env: { AZURE_CLIENT_SECRET: 'other' }, warnings: 1 },
    { env: { AZURE_CLIENT_CERTIFICATE_PATH: '/missing.pem' }, warnings: 1 },
    { env: { AZURE_USERNAME: 'shop', AZURE_PASSWORD: 'other' }, warnings: 1 },
    { env: { AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential' }, warnings: 1 },
    { env: { AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential' }, uses: 'the token', warnings: 1 },
    { env: { AZURE_CLIENT_SECRET: '', AZURE_CLIENT_CERTIFICATE_PATH: '' }, uses: 'the token', warnings: 2 },
    { env: { AZURE_PASSWORD: 'other' }, uses: 'the token', warnings: 0 },
    { env: { AZURE_TOKEN_CREDENTIALS: 'prod' }, uses: 'the token', warnings: 0 },
    { env: { AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential' }, uses: 'the token', warnings: 0 },
    { env: { IDENTITY_ENDPOINT: 'http://localhost/msi', IDENTITY_HEADER: 'x' }, uses: 'the token', warnings: 0 },
  ])('uses $uses with $env, and the webhook gives $warnings warnings', async ({ env, uses, warnings }) => {
    const pod = await cluster.admit(azureAnnotations, ({ spec }) => {
      spec.containers = [{ name: 'app', env: Object.entries(env).map(([name, value]) => ({ name, value })) }];
    });

    const { results } = await pod.runSdks(['azure default']);

    const { credentials } = results['azure default'];
    if (uses) expect(credentials).toMatchObject({ token: clientToken(clientId, 'https://vault.azure.net/.default') });
    else expect(credentials).toBeUndefined();
    expect(pod.warnings).toHaveLength(warnings);
  });
});
