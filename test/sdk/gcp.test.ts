// Knows what Google's own SDK makes of a patched pod, and what Google says to it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PodManifest } from '../fakes/events.ts';
import { type FederatedCluster, issuerUrl, startFederatedCluster } from './federated-cluster.ts';
import { federatedToken, impersonatedToken } from './gcp-endpoint.ts';
import { createTokenIssuer } from './token-issuer.ts';
import {
  asksGcp,
  asksGcpDirectly,
  blindGoogleAccount,
  gcpProject,
  gcpProviderOfAudience,
  gcpTokenAudience,
  googleAccount,
  subject,
} from './trust.ts';

const exchange = 'sts.googleapis.com/v1/token';
const impersonation = `iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${googleAccount}:generateAccessToken`;
const projectLookUp = 'cloudresourcemanager.googleapis.com/v1/projects/123456789012';

/** As most programs for GCP have it. */
const namesProject = ({ spec }: PodManifest) => {
  spec.containers = [{ name: 'app', env: [{ name: 'GOOGLE_CLOUD_PROJECT', value: gcpProject }] }];
};

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe("Google's SDK in a patched pod", { concurrent: true, timeout: 30_000 }, () => {
  test('impersonates the service account', async () => {
    const pod = await cluster.admit(asksGcp, namesProject);
    const { said, asked } = await pod.ask(['gcp']);
    expect(said.gcp.gave).toEqual({ token: impersonatedToken(googleAccount) });
    expect(asked.gcp.map(({ host, path }) => `${host}${path}`)).toEqual([exchange, impersonation]);
  });

  test('takes the project of the annotation, where the container names none', async () => {
    const pod = await cluster.admit({ ...asksGcp, 'cwii.dev/gcp-project': gcpProject });
    const { said, asked } = await pod.ask(['gcp']);
    expect(said.gcp.gave).toEqual({ token: impersonatedToken(googleAccount) });
    expect(asked.gcp.map(({ host, path }) => `${host}${path}`)).toEqual([exchange, impersonation]);
  });

  test('is itself by direct federation, where no service account is named', async () => {
    const pod = await cluster.admit(asksGcpDirectly, namesProject);
    const { said, asked } = await pod.ask(['gcp']);
    expect(said.gcp.gave).toEqual({ token: federatedToken(subject) });
    expect(asked.gcp.map(({ host, path }) => `${host}${path}`)).toEqual([exchange]);
  });

  test('names the provider without https: however the annotation has it', async () => {
    const withScheme = { ...asksGcp, 'cwii.dev/gcp-audience': `https:${asksGcp['cwii.dev/gcp-audience']}` };
    const pod = await cluster.admit(withScheme, namesProject);
    const { said, asked } = await pod.ask(['gcp']);
    expect(said.gcp.gave).toEqual({ token: impersonatedToken(googleAccount) });
    expect(asked.gcp[0]?.form).toMatchObject({ audience: asksGcp['cwii.dev/gcp-audience'] });
  });

  test('presents a token of another audience than the name of the provider, where the annotation asks for that', async () => {
    const otherAudience = { ...asksGcp, 'cwii.dev/gcp-audience': gcpProviderOfAudience };
    const annotations = { ...otherAudience, 'cwii.dev/gcp-token-audience': gcpTokenAudience };
    const pod = await cluster.admit(annotations, namesProject);
    const { said } = await pod.ask(['gcp']);
    expect(said.gcp.gave).toEqual({ token: impersonatedToken(googleAccount) });
  });

  test('asks Google for its project too, where the container does not name it', async () => {
    const pod = await cluster.admit(asksGcp);
    const { said, asked } = await pod.ask(['gcp']);
    expect(said.gcp.gave).toEqual({ token: impersonatedToken(googleAccount) });
    expect(asked.gcp.map(({ host, path }) => `${host}${path}`)).toContain(projectLookUp);
  });

  test('gets no token where the container does not name its project and the account may not see it', async () => {
    const pod = await cluster.admit({ ...asksGcp, 'cwii.dev/gcp-service-account': blindGoogleAccount });
    const { said } = await pod.ask(['gcp']);
    expect(said.gcp.failed).toMatchObject({ message: 'The caller does not have permission' });
  });
});

describe('Google refuses', { concurrent: true, timeout: 30_000 }, () => {
  test('a token of an audience that the provider does not allow', async () => {
    const pod = await cluster.admit({ ...asksGcp, 'cwii.dev/gcp-token-audience': 'sts.example.com' }, namesProject);
    const { said } = await pod.ask(['gcp']);
    const message = 'invalid_grant: The audience in ID Token [sts.example.com] does not match the expected audience.';
    expect(said.gcp.failed).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('a ServiceAccount that the provider does not let through', async () => {
    const pod = await cluster.admit(asksGcpDirectly, (manifest) => {
      namesProject(manifest);
      manifest.spec.serviceAccountName = 'stranger';
    });
    const { said } = await pod.ask(['gcp']);
    const message = 'unauthorized_client: The given credential is rejected by the attribute condition.';
    expect(said.gcp.failed).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('to impersonate a service account that does not trust the ServiceAccount', async () => {
    const other = { ...asksGcp, 'cwii.dev/gcp-service-account': 'admin@my-project.iam.gserviceaccount.com' };
    const pod = await cluster.admit(other, namesProject);
    const { said } = await pod.ask(['gcp']);
    const message = "Permission 'iam.serviceAccounts.getAccessToken' denied";
    expect(said.gcp.failed).toMatchObject({ message: expect.stringContaining(message) });
  });

  test('a token that has expired', async () => {
    const pod = await cluster.admit(asksGcp, namesProject);
    const { said } = await pod.ask(['gcp'], { tokenAge: 7200 });
    expect(said.gcp.failed).toMatchObject({ message: expect.stringMatching(/ID Token issued at \d+ is stale/) });
  });

  test("a token that another cluster has signed with this one's issuer in it", async () => {
    const pod = await cluster.admit(asksGcp, namesProject);
    const { said } = await pod.ask(['gcp'], { signer: await createTokenIssuer(issuerUrl) });
    expect(said.gcp.failed).toMatchObject({ message: expect.stringContaining('Invalid JWT signature') });
  });
});
