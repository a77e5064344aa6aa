// Knows that the identities of one pod do not get in each other's way, and that nothing here leaves the machine.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionOf } from './aws-endpoint.ts';
import { clientToken } from './azure-endpoint.ts';
import { type FederatedCluster, startFederatedCluster } from './federated-cluster.ts';
import { impersonatedToken } from './gcp-endpoint.ts';
import { readToken } from './presented-token.ts';
import { asksAws, asksAzure, asksGcp, clientId, gcpProject, googleAccount, roleArn } from './trust.ts';

const asksAll = { ...asksAws, ...asksGcp, ...asksAzure, 'cwii.dev/aws-role-session-name': 'web' };
const env = [
  { name: 'AWS_REGION', value: 'eu-central-1' },
  { name: 'GOOGLE_CLOUD_PROJECT', value: gcpProject },
];

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe('a pod that asks for all three clouds', { concurrent: true, timeout: 30_000 }, () => {
  test('has all three identities at once', async () => {
    const pod = await cluster.admit(asksAll, ({ spec }) => {
      spec.containers = [{ name: 'app', env }];
    });

    const { said } = await pod.ask(['aws default chain', 'gcp', 'azure default']);

    expect(pod.warnings).toEqual([]);
    expect(pod.stored.metadata.annotations).toMatchObject({ 'cwii.dev/injected': 'aws,az,gcp' });
    expect(said).toMatchObject({
      'aws default chain': { gave: { sessionToken: sessionOf(roleArn, 'web') } },
      gcp: { gave: { token: impersonatedToken(googleAccount) } },
      'azure default': { gave: { token: clientToken(clientId, 'https://vault.azure.net/.default') } },
    });
  });

  test('has them in an init container too', async () => {
    const pod = await cluster.admit(asksAll, ({ spec }) => {
      spec.initContainers = [{ name: 'migrate', env }];
    });
    const container = 'migrate';
    const { said } = await pod.ask(['aws default chain', 'gcp', 'azure default'], { container });
    for (const { failed } of Object.values(said)) expect(failed).toBeUndefined();
  });

  test('sends each cloud a token that is of no use at another', async () => {
    const pod = await cluster.admit(asksAll, ({ spec }) => {
      spec.containers = [{ name: 'app', env }];
    });
    const { asked } = await pod.ask(['aws default chain', 'gcp', 'azure default']);
    const tokens = [
      asked.aws[0]?.form['WebIdentityToken'],
      asked.gcp[0]?.form['subject_token'],
      asked.azure.at(-1)?.form['client_assertion'],
    ];
    expect(tokens.map((token) => readToken(token)?.audiences)).toEqual([
      ['sts.amazonaws.com'],
      [asksGcp['cwii.dev/gcp-audience']],
      ['api://AzureADTokenExchange'],
    ]);
  });

  test('leaves a container that is skipped without any', async () => {
    const pod = await cluster.admit({ ...asksAll, 'cwii.dev/skip-containers': 'proxy' }, ({ spec }) => {
      spec.containers = [{ name: 'app' }, { name: 'proxy' }];
    });
    expect(await pod.start('proxy')).toMatchObject({ env: {} });
    expect(Object.keys((await pod.start('app')).env)).toContain('AWS_ROLE_ARN');
  });
});

test('an SDK that turns to any other host fails the test, with the host', { timeout: 30_000 }, async () => {
  const pod = await cluster.admit({ ...asksAws, 'cwii.dev/aws-region': 'eu-west-3' });
  await expect(pod.ask(['aws token file'])).rejects.toThrow('no stand-in for sts.eu-west-3.amazonaws.com:443');
});
