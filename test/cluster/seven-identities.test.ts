// One pod with seven identities on a real API server.
//
// It has three clouds, two services of the catalogue, a service of one's own and a bare token.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestNode, type TestNode } from './kubelet-volumes.ts';
import { type Annotations, pod, roleArn, serviceAccount } from './manifests.ts';
import { envOf, type StoredPod } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import { claimsOf, ownMounts, threeClouds, threeIdentities, tokenSources } from './three-clouds.ts';

const namespace = 'seven';

const openbao = {
  name: 'openbao',
  title: 'OpenBao',
  trigger: 'role',
  keys: { role: { meaning: 'The role of the JWT login.', pattern: '[a-z0-9-]{1,64}', example: 'my-app' } },
  audience: 'openbao.example.com',
  identity: { BAO_ROLE: '{role}', BAO_TOKEN_PATH: '{token}' },
};

const annotations: Annotations = {
  ...threeClouds,
  'cwii.dev/alibaba-role-arn': 'acs:ram::1234567890123456:role/web',
  'cwii.dev/alibaba-oidc-provider-arn': 'acs:ram::1234567890123456:oidc-provider/my-cluster',
  'cwii.dev/databricks-client-id': '11111111-2222-3333-4444-555555555555',
  'cwii.dev/databricks-host': 'https://my-workspace.cloud.databricks.com',
  'cwii.dev/databricks-audience': 'my-account',
  'cwii.dev/openbao-role': 'my-app',
  'cwii.dev/token-broker': 'broker.example.com',
  'cwii.dev/token-broker-env': 'BROKER_TOKEN_FILE',
};

const audiences = {
  'cwii-aws-token': 'sts.amazonaws.com',
  'cwii-az-token': 'api://AzureADTokenExchange',
  'cwii-gcp-token': threeClouds['cwii.dev/gcp-audience'],
  'cwii-alibaba-token': 'sts.aliyuncs.com',
  'cwii-databricks-token': 'my-account',
  'cwii-openbao-token': 'openbao.example.com',
  'cwii-broker-token': 'broker.example.com',
};

const directory = (name: string) => `/var/run/secrets/cwii.dev/${name}`;

const variables = {
  ...threeIdentities,
  AWS_ROLE_ARN: roleArn('three'),
  ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1234567890123456:role/web',
  ALIBABA_CLOUD_OIDC_PROVIDER_ARN: 'acs:ram::1234567890123456:oidc-provider/my-cluster',
  ALIBABA_CLOUD_OIDC_TOKEN_FILE: `${directory('alibaba')}/token`,
  DATABRICKS_AUTH_TYPE: 'file-oidc',
  DATABRICKS_CLIENT_ID: '11111111-2222-3333-4444-555555555555',
  DATABRICKS_HOST: 'https://my-workspace.cloud.databricks.com',
  DATABRICKS_OIDC_TOKEN_FILEPATH: `${directory('databricks')}/token`,
  BAO_ROLE: 'my-app',
  BAO_TOKEN_PATH: `${directory('openbao')}/token`,
  BROKER_TOKEN_FILE: `${directory('broker')}/token`,
};

describe('a pod with seven identities', () => {
  let cluster: TestCluster;
  let node: TestNode;
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.addWebhook('cwii', { CWII_CUSTOM_SERVICES: JSON.stringify([openbao]) });
    await cluster.addNamespace(namespace);
    await cluster.create(serviceAccount(namespace, 'my-app'));
    node = await createTestNode(cluster.kubeconfigPath);
  });
  afterAll(async () => {
    await node?.remove();
    await cluster?.stop();
  });

  function podOf(name: string, more: Annotations = {}): Promise<StoredPod> {
    return cluster.create(
      pod(namespace, name, { annotations: { ...annotations, ...more }, serviceAccountName: 'my-app' }),
    );
  }

  it('is admitted with a volume for each token, all variables and one status annotation', async () => {
    const stored = await podOf('web');
    const sources = Object.entries(tokenSources(stored)).map(([volume, { audience }]) => [volume, audience]);
    const mounts = ownMounts(stored)?.map(({ mountPath }) => mountPath);

    expect(Object.fromEntries(sources)).toEqual(audiences);
    expect(envOf(stored)).toEqual(variables);
    expect(mounts).toHaveLength(Object.keys(audiences).length + 1);
    expect(mounts).toContain(directory('gcp-creds'));
    expect(stored.metadata.annotations?.['cwii.dev/injected']).toBe('alibaba,aws,az,broker,databricks,gcp,openbao');
  });

  it('has a token of its own for each receiver in the volumes that the kubelet makes', async () => {
    const stored = await podOf('receivers');
    const read = await node.setUp(stored);

    for (const [volume, audience] of Object.entries(audiences)) {
      const { content } = await read(volume, 'token');
      expect(claimsOf(content)).toMatchObject({ aud: [audience], sub: `system:serviceaccount:${namespace}:my-app` });
    }
  });

  it('can have a second role in another account too', async () => {
    const stored = await podOf('target', { 'cwii.dev/aws-target-role-arn': roleArn('target') });
    const { AWS_ROLE_ARN: _, AWS_WEB_IDENTITY_TOKEN_FILE: __, ...others } = variables;

    expect(envOf(stored)).toEqual({
      ...others,
      AWS_CONFIG_FILE: expect.stringContaining('/var/run/secrets/cwii.dev/'),
      AWS_SDK_LOAD_CONFIG: '1',
    });
    expect(Object.keys(tokenSources(stored)).toSorted()).toEqual(Object.keys(audiences).toSorted());
  });
});
