// Pods with the annotations of other products, and pods of a cluster whose API the function cannot reach.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Annotations,
  type PodOptions,
  pod,
  roleAnnotation,
  roleArn,
  serviceAccount,
  withoutRegion,
  workload,
} from './manifests.ts';
import { envOf, roleOf, type StoredPod, tokenDirectory, volumeAt } from './stored-pod.ts';
import { reader, startTestCluster, type TestCluster } from './test-cluster.ts';
import { azure, gcpCredentials, gcpProvider, tokenSources } from './three-clouds.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster(['native', 'unaware', 'static']);
});
afterAll(() => cluster?.stop());

const ofEks = { 'eks.amazonaws.com/role-arn': roleArn('eks'), 'eks.amazonaws.com/token-expiration': '7200' };
const ofAzure = {
  'azure.workload.identity/client-id': azure.client,
  'azure.workload.identity/tenant-id': azure.tenant,
};
const ofPfnet = {
  'cloud.google.com/workload-identity-provider': gcpProvider.replace('//iam.googleapis.com/', ''),
  'cloud.google.com/service-account-email': 'my-app@my-project.iam.gserviceaccount.com',
};
const useAzure = { 'azure.workload.identity/use': 'true' };

describe('with CWII_NATIVE_ANNOTATIONS, the pod of a Deployment', () => {
  beforeAll(async () => {
    await cluster.addWebhook('native', { CWII_NATIVE_ANNOTATIONS: 'true' });
  });

  it('gets its AWS identity from a ServiceAccount annotated for EKS', async () => {
    const stored = await podOf('eks', ofEks);
    expect(roleOf(stored)).toBe(roleArn('eks'));
    expect(tokenSources(stored)).toEqual({
      'cwii-aws-token': { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 7200 },
    });
  });

  it('gets its Azure identity from its label and a ServiceAccount annotated for Azure workload identity', async () => {
    const stored = await podOf('azure', ofAzure, { labels: useAzure });
    expect(envOf(stored)).toEqual({
      AZURE_CLIENT_ID: azure.client,
      AZURE_TENANT_ID: azure.tenant,
      AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/cwii.dev/az/token',
      AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    });
    expect(tokenSources(stored)['cwii-az-token']?.audience).toBe('api://AzureADTokenExchange');
  });

  it('gets no Azure identity without that label', async () => {
    expect(envOf(await podOf('azure-unlabelled', ofAzure))).toEqual({});
  });

  it("gets its GCP identity from a ServiceAccount annotated for pfnet's webhook", async () => {
    const stored = await podOf('pfnet', ofPfnet);
    expect(JSON.parse(stored.metadata.annotations?.['cwii.dev/gcp-credentials'] ?? '')).toEqual(gcpCredentials);
    expect(tokenSources(stored)['cwii-gcp-token']?.audience).toBe('sts.googleapis.com');
  });

  it('gets all three at once, and an annotation of cwii takes precedence over its native counterpart', async () => {
    const stored = await podOf(
      'all',
      { ...ofEks, ...ofAzure, ...ofPfnet, ...roleAnnotation('own') },
      { labels: useAzure },
    );
    expect(stored.metadata.annotations?.['cwii.dev/injected']).toBe('aws,az,gcp');
    expect(roleOf(stored)).toBe(roleArn('own'));
  });

  it('gets no identity from them if the setting is off', async () => {
    await cluster.addWebhook('unaware');
    const stored = await podOf('unaware', { ...ofEks, ...ofAzure, ...ofPfnet }, { labels: useAzure }, 'unaware');

    expect(envOf(stored)).toEqual({});
    expect(stored.spec.volumes?.map(({ name }) => name)).toEqual([expect.stringMatching(/^kube-api-access-/)]);
  });

  async function podOf(
    namespace: string,
    annotations: Annotations,
    options: PodOptions = {},
    calledBy = 'native',
  ): Promise<StoredPod> {
    await cluster.addNamespace(namespace, { calledBy: [calledBy] });
    await cluster.create(serviceAccount(namespace, 'my-app', annotations));
    const ofPod = { serviceAccountName: 'my-app', ...withoutRegion, ...options };
    await cluster.create(workload('Deployment', namespace, 'web', { pod: ofPod }));
    return cluster.podIn(namespace);
  }
});

describe('with CWII_STATIC_ANNOTATIONS instead of access to the cluster, a pod', () => {
  beforeAll(async () => {
    const annotations = [
      { namespace: 'static', annotations: { 'cwii.dev/aws-region': 'eu-west-1' } },
      { namespace: 'static', serviceAccount: '*', annotations: roleAnnotation('any-account') },
      { namespace: 'static', serviceAccount: 'my-app', annotations: roleAnnotation('my-app') },
    ];
    await cluster.addWebhook('static', {
      CWII_STATIC_ANNOTATIONS: JSON.stringify(annotations),
      CWII_KUBE_API_URL: undefined,
      CWII_KUBE_CA: undefined,
      CWII_KUBE_CREDENTIAL: undefined,
    });
    await cluster.addNamespace('static', { calledBy: ['static'] });
    await cluster.create(serviceAccount('static', 'my-app', roleAnnotation('never-read')));
  });

  it('gets the annotations of the entries for its ServiceAccount and namespace, without a read', async () => {
    const stored = await cluster.create(pod('static', 'app', { serviceAccountName: 'my-app', ...withoutRegion }));
    expect(envOf(stored)).toEqual({
      AWS_ROLE_ARN: roleArn('my-app'),
      AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenDirectory}/token`,
      AWS_REGION: 'eu-west-1',
    });
    const username = `system:serviceaccount:${reader.namespace}:${reader.name}`;
    const read = (await cluster.auditEvents()).filter(
      ({ user, requestURI }) => user.username === username && requestURI.includes('/namespaces/static'),
    );
    expect(read).toEqual([]);
  });

  it('gets the entry for all ServiceAccounts if there is none for its own', async () => {
    expect(roleOf(await cluster.create(pod('static', 'other')))).toBe(roleArn('any-account'));
  });

  it('gets its own annotations too, which take precedence', async () => {
    const annotations = { 'cwii.dev/aws-audience': 'of-the-pod' };
    const stored = await cluster.create(pod('static', 'own', { annotations, serviceAccountName: 'my-app' }));
    expect(roleOf(stored)).toBe(roleArn('my-app'));
    const token = volumeAt(stored, tokenDirectory)?.projected?.sources[0]?.serviceAccountToken;
    expect(token?.audience).toBe('of-the-pod');
  });
});
