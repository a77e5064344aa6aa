// The SDKs for Python, Go and Java in a patched pod: what each gets, and which tokens the clouds refuse.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, cloudSdks } from '../../testing/sdks/programs.ts';
import { sessionOf } from '../sdk/aws-endpoint.ts';
import {
  type FederatedCluster,
  issuerUrl,
  startFederatedCluster,
  type TokenOptions,
} from '../sdk/federated-cluster.ts';
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
import { rotationOf } from './rotation.ts';

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
    otherAudience: { 'cwii.dev/aws-audience': 'elsewhere' },
    refusals: {
      'an expired token': 'Token expired: ',
      'a token of another cluster': 'verification key',
      'another audience': 'Incorrect token audience',
      'a token of another ServiceAccount': 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    },
  },
  gcp: {
    annotations: { ...gcpAnnotations, 'cwii.dev/gcp-project': gcpProject },
    credentials: { token: `access token of ${googleAccount}`, project: gcpProject },
    otherAudience: { 'cwii.dev/gcp-token-audience': 'elsewhere' },
    refusals: {
      'an expired token': 'is stale to sign-in',
      'a token of another cluster': "Error connecting to the given credential's issuer",
      'another audience': 'does not match the expected audience',
      'a token of another ServiceAccount': 'rejected by the attribute condition',
    },
  },
  azure: {
    annotations: azureAnnotations,
    credentials: { token: `access token of ${clientId} for https://vault.azure.net/.default` },
    otherAudience: { 'cwii.dev/az-audience': 'api://elsewhere' },
    refusals: {
      'an expired token': 'AADSTS700024',
      'a token of another cluster': 'AADSTS50013',
      'another audience': 'AADSTS700212',
      'a token of another ServiceAccount': 'AADSTS700213',
    },
  },
} as const satisfies Record<Cloud, object>;

const names = Object.keys(clouds) as Cloud[];

const ask = (pod: Parameters<typeof askSdk>[1], service: string, options = {}) =>
  askSdk(cluster, pod, { language: 'python', service, ...options });

test.each(names)('the SDK for Python of %s gets credentials for the token of the pod', async (cloud) => {
  const pod = await cluster.admit(clouds[cloud].annotations);

  expect(pod.warnings).toEqual([]);
  expect(await ask(pod, cloud)).toEqual({ credentials: clouds[cloud].credentials });
});

const installed = (['python', 'go', 'java'] as const).flatMap((language) =>
  names.filter((cloud) => language in cloudSdks[cloud]).map((cloud) => ({ language, cloud })),
);

const foreign = await createTokenIssuer(issuerUrl);

describe.each(installed)('the SDK for $language of $cloud is rejected with', ({ language, cloud }) => {
  const { annotations, otherAudience, refusals } = clouds[cloud];

  test.each<{ what: keyof typeof refusals; change?: Record<string, string>; account?: string; options?: TokenOptions }>(
    [
      { what: 'an expired token', options: { tokenAge: 7200 } },
      { what: 'a token of another cluster', options: { signer: foreign } },
      { what: 'another audience', change: otherAudience },
      { what: 'a token of another ServiceAccount', account: 'stranger' },
    ],
  )('$what', async ({ what, change, account = 'web', options }) => {
    const pod = await cluster.admit({ ...annotations, ...change }, ({ spec }) => {
      spec.serviceAccountName = account;
    });
    const { error } = await askSdk(cluster, pod, { language, service: cloud, ...options });

    expect(error?.message).toContain(refusals[what]);
  });
});

test('WorkloadIdentityCredential for JavaScript alone keeps the old token', async () => {
  const pod = await cluster.admit(azureAnnotations);
  const start = { language: 'javascript', service: 'azure workload identity' } as const;

  expect(await rotationOf(pod, cluster, start)).toBe('keeps the old token');
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
