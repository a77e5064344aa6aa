// boto3, google-auth and azure-identity in a patched pod: each finds its credentials without options.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionOf } from '../sdk/aws-endpoint.ts';
import { type FederatedCluster, issuerUrl, startFederatedCluster } from '../sdk/federated-cluster.ts';
import { createTokenIssuer } from '../sdk/token-issuer.ts';
import {
  awsInFrankfurt,
  azureAnnotations,
  clientId,
  gcpAnnotations,
  gcpProject,
  googleAccount,
  roleArn,
  targetRole,
} from '../sdk/trust.ts';
import { askSdk } from './ask-sdks.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

const inFrankfurt = {
  ...awsInFrankfurt,
  'cwii.dev/aws-role-session-name': 'web-shop',
};

const clouds = {
  aws: {
    annotations: inFrankfurt,
    // boto3 does not read AWS_REGION for its clients; a config file and AWS_DEFAULT_REGION it does.
    credentials: { key: expect.any(String), sessionToken: sessionOf(roleArn, 'web-shop'), region: null },
    expired: 'Token expired: ',
    unknownKey: 'verification key',
  },
  gcp: {
    annotations: { ...gcpAnnotations, 'cwii.dev/gcp-project': gcpProject },
    credentials: { token: `access token of ${googleAccount}`, project: gcpProject },
    expired: 'is stale to sign-in',
    unknownKey: "Error connecting to the given credential's issuer",
  },
  azure: {
    annotations: azureAnnotations,
    credentials: { token: `access token of ${clientId} for https://vault.azure.net/.default` },
    expired: 'AADSTS700024',
    unknownKey: 'AADSTS50013',
  },
} as const;

const ask = (pod: Parameters<typeof askSdk>[1], service: string, options = {}) =>
  askSdk(cluster, pod, { language: 'python', service, ...options });

describe.each(Object.keys(clouds) as (keyof typeof clouds)[])('the SDK for Python of %s', (cloud) => {
  const { annotations, credentials, expired, unknownKey } = clouds[cloud];

  test('gets credentials for the token of the pod', async () => {
    const pod = await cluster.admit(annotations);

    expect(pod.warnings).toEqual([]);
    expect(await ask(pod, cloud)).toEqual({ credentials });
  });

  test('is rejected with an expired token', async () => {
    const { error } = await ask(await cluster.admit(annotations), cloud, { tokenAge: 7200 });

    expect(error?.message).toContain(expired);
  });

  test('is rejected with a token of another cluster', async () => {
    const signer = await createTokenIssuer(issuerUrl);
    const { error } = await ask(await cluster.admit(annotations), cloud, { signer });

    expect(error?.message).toContain(unknownKey);
  });
});

describe('boto3 with a second role in another account', () => {
  test('assumes it with the session of the first one, through the config file', async () => {
    const pod = await cluster.admit({ ...inFrankfurt, ...targetRole });

    expect(await ask(pod, 'aws')).toEqual({
      credentials: {
        key: expect.any(String),
        sessionToken: sessionOf(targetRole['cwii.dev/aws-target-role-arn'], 'web-shop'),
        region: 'eu-central-1',
      },
    });
  });

  test('is rejected with another external ID', async () => {
    const pod = await cluster.admit({ ...inFrankfurt, ...targetRole, 'cwii.dev/aws-external-id': 'another-cluster' });
    const { error } = await ask(pod, 'aws');

    expect(error?.message).toContain('is not authorized to perform: sts:AssumeRole');
  });
});
