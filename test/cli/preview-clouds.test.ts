// Tests for `cwii preview` of the example with three clouds.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cwii } from './command.ts';

const EXAMPLE = 'examples/three-clouds.yaml';
const preview = (...options: string[]) => cwii(['preview', '-f', EXAMPLE, ...options]);
const POOL =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster';

describe.concurrent('the example with three clouds', () => {
  test('gives a pod one token for each cloud', async () => {
    const { status, stdout, stderr } = await preview('-o', 'yaml');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { metadata, spec } = parse(stdout);
    expect(metadata.annotations['cwii.dev/injected']).toBe('aws,az,gcp');
    const tokens = spec.volumes.flatMap(({ projected }: { projected?: { sources: object[] } }) => projected?.sources);
    expect(tokens.filter(Boolean)).toEqual(
      ['sts.amazonaws.com', 'api://AzureADTokenExchange', POOL].map((audience) => ({
        serviceAccountToken: { path: 'token', audience, expirationSeconds: 3600 },
      })),
    );
  });

  test("gives the app's container the variables for the SDKs of all clouds", async () => {
    const { stdout } = await preview('-o', 'yaml');

    const root = '/var/run/secrets/cwii.dev';
    expect(parse(stdout).spec.containers[0].env).toEqual([
      { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::123456789012:role/shop-reports' },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${root}/aws/token` },
      { name: 'AWS_REGION', value: 'eu-central-1' },
      { name: 'AWS_ROLE_SESSION_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      { name: 'AZURE_CLIENT_ID', value: '11111111-2222-3333-4444-555555555555' },
      { name: 'AZURE_TENANT_ID', value: '66666666-7777-8888-9999-000000000000' },
      { name: 'AZURE_FEDERATED_TOKEN_FILE', value: `${root}/az/token` },
      { name: 'AZURE_AUTHORITY_HOST', value: 'https://login.microsoftonline.com/' },
      { name: 'GOOGLE_APPLICATION_CREDENTIALS', value: `${root}/gcp-creds/credentials.json` },
      { name: 'CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE', value: `${root}/gcp-creds/credentials.json` },
      { name: 'GOOGLE_CLOUD_PROJECT', value: 'my-project' },
      { name: 'CLOUDSDK_CORE_PROJECT', value: 'my-project' },
    ]);
  });

  test('does not change the proxy of the mesh', async () => {
    const { stdout } = await preview('-o', 'yaml');

    expect(parse(stdout).spec.initContainers).toEqual([
      { name: 'istio-proxy', image: 'registry.example.com/istio/proxyv2:1.27.0', restartPolicy: 'Always' },
    ]);
  });

  test("shows GCP's credentials file, which contains no secret", async () => {
    const { stdout } = await preview('-o', 'yaml');

    expect(JSON.parse(parse(stdout).metadata.annotations['cwii.dev/gcp-credentials'])).toMatchObject({
      type: 'external_account',
      audience: POOL,
      credential_source: { file: '/var/run/secrets/cwii.dev/gcp/token' },
    });
  });

  test('is explained with the source of each value, for every cloud', async () => {
    const { status, stdout, stderr } = await preview('-o', 'explain');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ {2,}/, ': '));
    expect(lines.slice(0, 2)).toEqual([
      '✓ shop Deployment reports: AWS shop-reports ← ServiceAccount reports, Azure 11111111-2222-3333-4444-555555555555 ← ServiceAccount reports, GCP reports@my-project.iam.gserviceaccount.com ← ServiceAccount reports',
      'asked: pod template, Deployment reports, ServiceAccount reports, Namespace shop',
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        'cwii.dev/aws-role-arn: "arn:aws:iam::123456789012:role/shop-reports" from ServiceAccount shop/reports',
        'cwii.dev/aws-region: "eu-central-1" from Namespace shop',
        'cwii.dev/aws-role-session-name: "$(pod.name)" from Deployment shop/reports',
        'cwii.dev/az-client-id: "11111111-2222-3333-4444-555555555555" from ServiceAccount shop/reports',
        'cwii.dev/az-tenant-id: "66666666-7777-8888-9999-000000000000" from Namespace shop',
        'cwii.dev/az-authority-host: not set: `https://login.microsoftonline.com/`',
        'cwii.dev/gcp-service-account: "reports@my-project.iam.gserviceaccount.com" from ServiceAccount shop/reports',
        `cwii.dev/gcp-audience: "${POOL}" from Namespace shop`,
        'cwii.dev/gcp-delivery: not set: `downward-api`',
        'cwii.dev/skip-containers: "istio-proxy" from Namespace shop',
      ]),
    );
    expect(stdout).not.toContain('Nothing is set for');
    expect(stdout).not.toContain('not in the files');
  });

  test('is shown as a diff that removes nothing', async () => {
    const { stdout } = await preview('-o', 'diff');

    const lines = stdout.split('\n').slice(2);
    expect(lines.filter((line) => line.startsWith('-'))).toEqual([]);
    expect(lines).toContain('+    cwii.dev/injected: aws,az,gcp');
  });

  test('is denied for AWS only if only its role is not allowed', async () => {
    const ended = await cwii(['preview', '-f', EXAMPLE], { env: { CWII_ALLOWED_ROLE_ARNS: '*/${namespace}-web' } });

    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toContain('cwii.dev/aws-role-arn');
    expect(ended.stderr).toContain('CWII_ALLOWED_ROLE_ARNS');
    expect(ended.stderr).not.toContain('az-client-id');
    expect(ended.stderr).toMatch(/ \[not-allowed\]\n$/);
  });

  test('is explained with the clouds for which nothing is set', async () => {
    const text = await readFile(join(import.meta.dirname, '..', '..', EXAMPLE), 'utf8');
    const stdin = text.replace(/^.*cwii\.dev\/(aws|gcp)-.*\n/gm, '');

    const { stdout } = await cwii(['preview', '-f', '-', '-o', 'explain'], { stdin });

    expect(stdout).toMatch(/^✓ shop Deployment reports {2}Azure 1{8}-.* ← ServiceAccount reports\n/);
    expect(stdout).toContain('Nothing is set for AWS, GCP');
  });
});
