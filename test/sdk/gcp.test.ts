// Google's SDK in a patched pod, and the answers of Google.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PodManifest } from '../fakes/events.ts';
import { type FederatedCluster, issuerUrl, startFederatedCluster } from './federated-cluster.ts';
import { federatedToken, impersonatedToken } from './gcp-endpoint.ts';
import { createTokenIssuer } from './token-issuer.ts';
import {
  blindGoogleAccount,
  gcpAnnotations,
  gcpDirectAnnotations,
  gcpProject,
  gcpProviderOfAudience,
  gcpTokenAudience,
  googleAccount,
  subject,
} from './trust.ts';

const exchange = 'sts.googleapis.com/v1/token';
const impersonation = `iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${googleAccount}:generateAccessToken`;
const projectLookUp = 'cloudresourcemanager.googleapis.com/v1/projects/123456789012';

/** Sets the project, as most programs for GCP do. */
const namesProject = ({ spec }: PodManifest) => {
  spec.containers = [{ name: 'app', env: [{ name: 'GOOGLE_CLOUD_PROJECT', value: gcpProject }] }];
};

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe("Google's SDK in a patched pod", { concurrent: true }, () => {
  test('impersonates the service account', async () => {
    const pod = await cluster.admit(gcpAnnotations, namesProject);
    const { results, requests } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: impersonatedToken(googleAccount) });
    expect(requests.gcp.map(({ host, path }) => `${host}${path}`)).toEqual([exchange, impersonation]);
  });

  test('uses the project of the annotation if the container sets none', async () => {
    const pod = await cluster.admit({ ...gcpAnnotations, 'cwii.dev/gcp-project': gcpProject });
    const { results, requests } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: impersonatedToken(googleAccount) });
    expect(requests.gcp.map(({ host, path }) => `${host}${path}`)).toEqual([exchange, impersonation]);
  });

  test('uses direct federation if no service account is set', async () => {
    const pod = await cluster.admit(gcpDirectAnnotations, namesProject);
    const { results, requests } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: federatedToken(subject) });
    expect(requests.gcp.map(({ host, path }) => `${host}${path}`)).toEqual([exchange]);
  });

  test('sends the name of the provider without https: if the annotation has it', async () => {
    const withScheme = {
      ...gcpAnnotations,
      'cwii.dev/gcp-audience': `https:${gcpAnnotations['cwii.dev/gcp-audience']}`,
    };
    const pod = await cluster.admit(withScheme, namesProject);
    const { results, requests } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: impersonatedToken(googleAccount) });
    expect(requests.gcp[0]?.form).toMatchObject({ audience: gcpAnnotations['cwii.dev/gcp-audience'] });
  });

  test('sends a token with another audience than the provider if the annotation asks for it', async () => {
    const otherAudience = { ...gcpAnnotations, 'cwii.dev/gcp-audience': gcpProviderOfAudience };
    const annotations = { ...otherAudience, 'cwii.dev/gcp-token-audience': gcpTokenAudience };
    const pod = await cluster.admit(annotations, namesProject);
    const { results } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: impersonatedToken(googleAccount) });
  });

  test('looks up its project if the container does not set it', async () => {
    const pod = await cluster.admit(gcpAnnotations);
    const { results, requests } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: impersonatedToken(googleAccount) });
    expect(requests.gcp.map(({ host, path }) => `${host}${path}`)).toContain(projectLookUp);
  });

  test('gets no token if the container does not set the project and the account may not look it up', async () => {
    const pod = await cluster.admit({ ...gcpAnnotations, 'cwii.dev/gcp-service-account': blindGoogleAccount });
    const { results } = await pod.runSdks(['gcp']);
    expect(results.gcp.error).toMatchObject({ message: 'The caller does not have permission' });
  });
});

describe('Google refuses', { concurrent: true }, () => {
  test('a token with an audience that the provider does not allow', async () => {
    const pod = await cluster.admit(
      { ...gcpAnnotations, 'cwii.dev/gcp-token-audience': 'sts.example.com' },
      namesProject,
    );
    const { results } = await pod.runSdks(['gcp']);
    const message = 'invalid_grant: The audience in ID Token [sts.example.com] does not match the expected audience.';

    expect(results.gcp.error).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('a ServiceAccount that the provider does not accept', async () => {
    const pod = await cluster.admit(gcpDirectAnnotations, (manifest) => {
      namesProject(manifest);
      manifest.spec.serviceAccountName = 'stranger';
    });
    const { results } = await pod.runSdks(['gcp']);
    const message = 'unauthorized_client: The given credential is rejected by the attribute condition.';

    expect(results.gcp.error).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('to impersonate a service account that does not trust the ServiceAccount', async () => {
    const other = { ...gcpAnnotations, 'cwii.dev/gcp-service-account': 'admin@my-project.iam.gserviceaccount.com' };
    const pod = await cluster.admit(other, namesProject);
    const { results } = await pod.runSdks(['gcp']);
    const message = "Permission 'iam.serviceAccounts.getAccessToken' denied";

    expect(results.gcp.error).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('a token that has expired', async () => {
    const pod = await cluster.admit(gcpAnnotations, namesProject);
    const { results } = await pod.runSdks(['gcp'], { tokenAge: 7200 });
    expect(results.gcp.error).toMatchObject({ message: expect.stringMatching(/ID Token issued at \d+ is stale/) });
  });

  test('a token of this issuer that another cluster signed', async () => {
    const pod = await cluster.admit(gcpAnnotations, namesProject);
    const { results } = await pod.runSdks(['gcp'], { signer: await createTokenIssuer(issuerUrl) });
    expect(results.gcp.error).toMatchObject({
      message: expect.stringContaining("Error connecting to the given credential's issuer"),
    });
  });
});
