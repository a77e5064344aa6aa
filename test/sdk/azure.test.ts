// Azure's SDK in a patched pod, and the answers of Microsoft's login host.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientToken } from './azure-endpoint.ts';
import {
  type AdmittedPod,
  type FederatedCluster,
  issuerUrl,
  type SdkOptions,
  startFederatedCluster,
} from './federated-cluster.ts';
import { createTokenIssuer } from './token-issuer.ts';
import { azureAnnotations, clientId, subject, tenantId } from './trust.ts';

const both = ['azure workload identity', 'azure default'] as const;
const scope = 'https://vault.azure.net/.default';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe("Azure's SDK in a patched pod", { concurrent: true }, () => {
  test.each(both)('gets a token of the client for its scope with its credential %s', async (way) => {
    const pod = await cluster.admit(azureAnnotations);

    const { results, requests } = await pod.runSdks([way]);

    expect(results[way].credentials).toMatchObject({ token: clientToken(clientId, scope), tokenType: 'Bearer' });
    const last = requests.azure.at(-1);
    expect(last).toMatchObject({ host: 'login.microsoftonline.com', path: `/${tenantId}/oauth2/v2.0/token` });
    expect(last?.form).toMatchObject({ grant_type: 'client_credentials', client_id: clientId });
  });

  test('calls the login host of the annotation', async () => {
    const pod = await cluster.admit({
      ...azureAnnotations,
      'cwii.dev/az-authority-host': 'https://login.microsoftonline.us',
    });
    const { results, requests } = await pod.runSdks(both);

    for (const way of both) expect(results[way].credentials).toMatchObject({ token: clientToken(clientId, scope) });
    expect(new Set(requests.azure.map(({ host }) => host))).toEqual(new Set(['login.microsoftonline.us']));
  });

  test('gets a token if the annotation asks for a lifetime above the maximum, because the webhook lowered it', async () => {
    const pod = await cluster.admit({ ...azureAnnotations, 'cwii.dev/az-token-expiration': '172800' });

    const { results } = await pod.runSdks(both);

    expect(pod.warnings).toEqual([expect.stringContaining('Azure allows at most 86400 seconds')]);
    for (const way of both) expect(results[way].credentials).toMatchObject({ token: clientToken(clientId, scope) });
  });

  test('uses the client secret that the container sets instead of the token, and the webhook warned about it', async () => {
    const pod = await cluster.admit(azureAnnotations, ({ spec }) => {
      spec.containers = [{ name: 'app', env: [{ name: 'AZURE_CLIENT_SECRET', value: 'secret-of-the-client' }] }];
    });

    const { results, requests } = await pod.runSdks(['azure default']);

    expect(pod.warnings).toEqual([expect.stringContaining('container app sets static keys, which the SDKs prefer')]);
    expect(requests.azure.at(-1)?.form).toMatchObject({ client_secret: 'secret-of-the-client' });
    expect(results['azure default'].error).toMatchObject({ message: expect.stringContaining('AADSTS7000215') });
  });
});

describe('Microsoft refuses', { concurrent: true }, () => {
  test('a token with another audience than the federated credential', async () => {
    const pod = await cluster.admit({ ...azureAnnotations, 'cwii.dev/az-audience': 'api://elsewhere' });
    await expectRefusal(
      pod,
      "AADSTS700212: No matching federated identity record found for presented assertion audience 'api://elsewhere'",
    );
  });

  test('a ServiceAccount that no federated credential names', async () => {
    const pod = await cluster.admit(azureAnnotations, ({ spec }) => {
      spec.serviceAccountName = 'stranger';
    });
    const stranger = subject.replace(/[^:]+$/, 'stranger');
    await expectRefusal(
      pod,
      `AADSTS700213: No matching federated identity record found for presented assertion subject '${stranger}'`,
    );
  });

  test('a token that has expired', async () => {
    const pod = await cluster.admit(azureAnnotations);
    await expectRefusal(pod, 'AADSTS700024: Client assertion is not within its valid time range', { tokenAge: 7200 });
  });

  test('a token of this issuer that another cluster signed', async () => {
    const pod = await cluster.admit(azureAnnotations);
    const signer = await createTokenIssuer(issuerUrl);
    await expectRefusal(pod, 'AADSTS50013: Assertion failed signature validation', { signer });
  });

  /** Both credentials fail with the message of Microsoft. */
  async function expectRefusal(pod: AdmittedPod, message: string, options: SdkOptions = {}): Promise<void> {
    const { results } = await pod.runSdks(both, options);
    for (const way of both) expect(results[way].error?.message, way).toContain(message);
  }
});
