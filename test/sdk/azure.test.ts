// Knows what Azure's own SDK makes of a patched pod, and what Microsoft says to it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientToken } from './azure-endpoint.ts';
import {
  type AdmittedPod,
  type AskOptions,
  type FederatedCluster,
  issuerUrl,
  startFederatedCluster,
} from './federated-cluster.ts';
import { createTokenIssuer } from './token-issuer.ts';
import { asksAzure, clientId, subject, tenantId } from './trust.ts';

const both = ['azure workload identity', 'azure default'] as const;
const scope = 'https://vault.azure.net/.default';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

describe("Azure's SDK in a patched pod", { concurrent: true, timeout: 30_000 }, () => {
  test.each(both)('gets a token of the client for its scope by its credential %s', async (way) => {
    const pod = await cluster.admit(asksAzure);

    const { said, asked } = await pod.ask([way]);

    expect(said[way].gave).toMatchObject({ token: clientToken(clientId, scope), tokenType: 'Bearer' });
    const last = asked.azure.at(-1);
    expect(last).toMatchObject({ host: 'login.microsoftonline.com', path: `/${tenantId}/oauth2/v2.0/token` });
    expect(last?.form).toMatchObject({ grant_type: 'client_credentials', client_id: clientId });
  });

  test("asks the login host of the annotation, in another of Microsoft's clouds", async () => {
    const pod = await cluster.admit({
      ...asksAzure,
      'cwii.dev/az-authority-host': 'https://login.microsoftonline.us',
    });
    const { said, asked } = await pod.ask(both);
    for (const way of both) expect(said[way].gave).toMatchObject({ token: clientToken(clientId, scope) });
    expect(new Set(asked.azure.map(({ host }) => host))).toEqual(new Set(['login.microsoftonline.us']));
  });

  test('is not refused for a lifetime that Microsoft would refuse, because it was lowered', async () => {
    const pod = await cluster.admit({ ...asksAzure, 'cwii.dev/az-token-expiration': '172800' });

    const { said } = await pod.ask(both);

    expect(pod.warnings).toEqual([expect.stringContaining('Azure allows at most 86400 seconds')]);
    for (const way of both) expect(said[way].gave).toMatchObject({ token: clientToken(clientId, scope) });
  });

  test('uses a client secret that the container sets in place of the token, and the answer warned of it', async () => {
    const pod = await cluster.admit(asksAzure, ({ spec }) => {
      spec.containers = [{ name: 'app', env: [{ name: 'AZURE_CLIENT_SECRET', value: 'secret-of-the-client' }] }];
    });

    const { said, asked } = await pod.ask(['azure default']);

    expect(pod.warnings).toEqual([expect.stringContaining('container app sets static keys, which the SDKs prefer')]);
    expect(asked.azure.at(-1)?.form).toMatchObject({ client_secret: 'secret-of-the-client' });
    expect(said['azure default'].failed).toMatchObject({ message: expect.stringContaining('AADSTS7000215') });
  });
});

describe('Microsoft refuses', { concurrent: true, timeout: 30_000 }, () => {
  test('a token of another audience than the federated credential has', async () => {
    const pod = await cluster.admit({ ...asksAzure, 'cwii.dev/az-audience': 'api://elsewhere' });
    await expectRefusal(
      pod,
      "AADSTS700212: No matching federated identity record found for presented assertion audience 'api://elsewhere'",
    );
  });

  test('a ServiceAccount that no federated credential names', async () => {
    const pod = await cluster.admit(asksAzure, ({ spec }) => {
      spec.serviceAccountName = 'stranger';
    });
    const stranger = subject.replace(/[^:]+$/, 'stranger');
    await expectRefusal(
      pod,
      `AADSTS700213: No matching federated identity record found for presented assertion subject '${stranger}'`,
    );
  });

  test('a token that has expired', async () => {
    const pod = await cluster.admit(asksAzure);
    await expectRefusal(pod, 'AADSTS700024: Client assertion is not within its valid time range', { tokenAge: 7200 });
  });

  test("a token that another cluster has signed with this one's issuer in it", async () => {
    const pod = await cluster.admit(asksAzure);
    const signer = await createTokenIssuer(issuerUrl);
    await expectRefusal(pod, 'AADSTS50013: Assertion failed signature validation', { signer });
  });

  /** Both credentials fail with Microsoft's own words. */
  async function expectRefusal(pod: AdmittedPod, words: string, options: AskOptions = {}): Promise<void> {
    const { said } = await pod.ask(both, options);
    for (const way of both) expect(said[way].failed?.message, way).toContain(words);
  }
});
