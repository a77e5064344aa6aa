// The identities of all three clouds in one pod. No connection leaves the machine.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionOf } from './aws-endpoint.ts';
import { clientToken } from './azure-endpoint.ts';
import { type FederatedCluster, startFederatedCluster } from './federated-cluster.ts';
import { impersonatedToken } from './gcp-endpoint.ts';
import { readToken } from './presented-token.ts';
import {
  awsAnnotations,
  azureAnnotations,
  clientId,
  gcpAnnotations,
  gcpProject,
  googleAccount,
  roleArn,
} from './trust.ts';

const allAnnotations = {
  ...awsAnnotations,
  ...gcpAnnotations,
  ...azureAnnotations,
  'cwii.dev/aws-role-session-name': 'web',
};
const env = [
  { name: 'AWS_REGION', value: 'eu-central-1' },
  { name: 'GOOGLE_CLOUD_PROJECT', value: gcpProject },
];

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe('a pod that asks for all three clouds', { concurrent: true }, () => {
  test('has all three identities at once', async () => {
    const pod = await cluster.admit(allAnnotations, ({ spec }) => {
      spec.containers = [{ name: 'app', env }];
    });

    const { results } = await pod.runSdks(['aws default chain', 'gcp', 'azure default']);

    expect(pod.warnings).toEqual([]);
    expect(pod.stored.metadata.annotations).toMatchObject({ 'cwii.dev/injected': 'aws,az,gcp' });
    expect(results).toMatchObject({
      'aws default chain': { credentials: { sessionToken: sessionOf(roleArn, 'web') } },
      gcp: { credentials: { token: impersonatedToken(googleAccount) } },
      'azure default': { credentials: { token: clientToken(clientId, 'https://vault.azure.net/.default') } },
    });
  });

  test('has all three identities in an init container', async () => {
    const pod = await cluster.admit(allAnnotations, ({ spec }) => {
      spec.initContainers = [{ name: 'migrate', env }];
    });
    const container = 'migrate';
    const { results } = await pod.runSdks(['aws default chain', 'gcp', 'azure default'], { container });

    for (const { error } of Object.values(results)) expect(error).toBeUndefined();
  });

  test('sends each cloud a token with an audience of its own', async () => {
    const pod = await cluster.admit(allAnnotations, ({ spec }) => {
      spec.containers = [{ name: 'app', env }];
    });
    const { requests } = await pod.runSdks(['aws default chain', 'gcp', 'azure default']);
    const tokens = [
      requests.aws[0]?.form['WebIdentityToken'],
      requests.gcp[0]?.form['subject_token'],
      requests.azure.at(-1)?.form['client_assertion'],
    ];

    expect(tokens.map((token) => readToken(token)?.audiences)).toEqual([
      ['sts.amazonaws.com'],
      [gcpAnnotations['cwii.dev/gcp-audience']],
      ['api://AzureADTokenExchange'],
    ]);
  });

  test('gives a skipped container no identity', async () => {
    const pod = await cluster.admit({ ...allAnnotations, 'cwii.dev/skip-containers': 'proxy' }, ({ spec }) => {
      spec.containers = [{ name: 'app' }, { name: 'proxy' }];
    });
    expect(await pod.start('proxy')).toMatchObject({ env: {} });
    expect(Object.keys((await pod.start('app')).env)).toContain('AWS_ROLE_ARN');
  });
});

test('an SDK that connects to another host fails the test with the name of the host', async () => {
  const pod = await cluster.admit({ ...awsAnnotations, 'cwii.dev/aws-region': 'eu-west-3' });
  await expect(pod.runSdks(['aws token file'])).rejects.toThrow('no fake for sts.eu-west-3.amazonaws.com:443');
});
