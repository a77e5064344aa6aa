// The SDKs for Python and Go of services in a patched pod: each gets credentials with the variables of cwii.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FederatedCluster, issuerUrl, startFederatedCluster } from '../sdk/federated-cluster.ts';
import { createTokenIssuer } from '../sdk/token-issuer.ts';
import { serviceAnnotations, servicesByLanguage } from '../sdk/trust.ts';
import { askSdk } from './ask-sdks.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

const { alibaba, hcp, stackit, tencent } = serviceAnnotations;

const credentials = {
  // The SDK for Go does not read ALIBABA_CLOUD_ROLE_SESSION_NAME.
  alibaba: {
    token: expect.stringMatching(
      new RegExp(`^session credentials-go-\\d+ of ${alibaba['cwii.dev/alibaba-role-arn']}$`),
    ),
  },
  tencent: { token: `session of ${tencent['cwii.dev/tencent-role-arn']}` },
  databricks: { authorization: 'Bearer token of 11111111-2222-3333-4444-555555555555' },
  huawei: { token: 'session with token of my-cluster', project: '0123456789abcdef0123456789abcdef' },
  hcp: {
    token: `token of ${hcp['cwii.dev/hcp-provider']}`,
    project: hcp['cwii.dev/hcp-project-id'],
    organization: hcp['cwii.dev/hcp-organization-id'],
  },
  // The claims of the token that the fake answers.
  stackit: { token: expect.stringContaining(encoded(`"sub":"${stackit['cwii.dev/stackit-service-account-email']}"`)) },
};

/** The beginning of claims in a JWT. */
function encoded(claim: string): string {
  return Buffer.from(`{${claim},`).toString('base64url').slice(0, -2);
}

const all = (['python', 'go'] as const).flatMap((language) =>
  servicesByLanguage[language].map((service) => ({ language, service })),
);

const foreign = await createTokenIssuer(issuerUrl);

describe.each(all)('the SDK for $language of $service', ({ language, service }) => {
  test('gets credentials for the token of the pod', async () => {
    const pod = await cluster.admit(serviceAnnotations[service]);

    expect(pod.warnings).toEqual([]);
    expect(await askSdk(cluster, pod, { language, service })).toEqual({ credentials: credentials[service] });
  });

  test.each<{ what: string; change?: Record<string, string>; account?: string; options?: object; message: string }>([
    {
      what: 'another audience',
      change: { [`cwii.dev/${service}-audience`]: 'elsewhere' },
      message: 'the audience elsewhere is not ',
    },
    {
      what: 'a token of another ServiceAccount',
      account: 'stranger',
      message: 'the subject system:serviceaccount:shop:stranger is not trusted',
    },
    { what: 'an expired token', options: { tokenAge: 7200 }, message: 'the token has expired' },
    {
      what: 'a token of another cluster',
      options: { signer: foreign },
      message: 'the signature is not valid',
    },
  ])('is rejected with $what', async ({ change, account = 'web', options, message }) => {
    const pod = await cluster.admit({ ...serviceAnnotations[service], ...change }, ({ spec }) => {
      spec.serviceAccountName = account;
    });
    const { error } = await askSdk(cluster, pod, { language, service, ...options });

    expect(error?.message).toContain(message);
  });
});
