// The SDKs of services in a patched pod: each gets credentials with the variables and the token of cwii.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../../lib/settings/service-catalogue.ts';
import { type FederatedCluster, issuerUrl, startFederatedCluster } from './federated-cluster.ts';
import { createTokenIssuer } from './token-issuer.ts';
import { serviceAnnotations, servicesByLanguage } from './trust.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

const services = servicesByLanguage.node;

/** The SDKs that look for credentials in several places, in their order. */
const defaults = ['alibaba default', 'anthropic', 'tencent default'] as const;

const credentials = {
  alibaba: { securityToken: `session web of ${serviceAnnotations.alibaba['cwii.dev/alibaba-role-arn']}` },
  anthropic: { authorization: 'Bearer token of fdrl_01AbCdEfGh' },
  tencent: { token: `session of ${serviceAnnotations.tencent['cwii.dev/tencent-role-arn']}` },
};

test('every service of the catalogue is tried with an SDK', () => {
  expect(catalogue.map(({ name }) => name)).toEqual([...new Set(Object.values(servicesByLanguage).flat())].toSorted());
});

test.each(defaults)('%s finds the identity without options', async (way) => {
  const service = way.replace(' default', '') as (typeof services)[number];
  const pod = await cluster.admit(serviceAnnotations[service]);
  const { results } = await pod.runSdks([way]);

  expect(results[way]).toEqual({ credentials: expect.objectContaining(credentials[service]) });
});

describe('a key in the container', () => {
  test.each<[way: (typeof defaults)[number], env: Record<string, string>, wins: object]>([
    [
      'alibaba default',
      { ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAIother', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 's' },
      { accessKeyId: 'LTAIother' },
    ],
    // The key is in another header than the token of the identity.
    ['anthropic', { ANTHROPIC_API_KEY: 'sk-other' }, {}],
    [
      'tencent default',
      { TENCENTCLOUD_SECRET_ID: 'AKIDother', TENCENTCLOUD_SECRET_KEY: 's' },
      { secretId: 'AKIDother' },
    ],
  ])('wins in the SDK: %s, and the webhook warns', async (way, env, wins) => {
    const service = way.replace(' default', '') as (typeof services)[number];
    const pod = await cluster.admit(serviceAnnotations[service], ({ spec }) => {
      spec.containers = [{ name: 'app', env: Object.entries(env).map(([name, value]) => ({ name, value })) }];
    });
    const { results } = await pod.runSdks([way]);

    expect(results[way].credentials).toMatchObject(wins);
    expect(results[way].credentials).not.toMatchObject(credentials[service]);
    expect(pod.warnings).toEqual([expect.stringContaining('container app sets credentials, which the SDKs prefer')]);
  });
});

describe.each(services)('the SDK of %s', { concurrent: true }, (service) => {
  test('gets credentials for the token of the pod', async () => {
    const pod = await cluster.admit(serviceAnnotations[service]);
    const { results } = await pod.runSdks([service]);

    expect(pod.warnings).toEqual([]);
    expect(results[service]).toEqual({ credentials: expect.objectContaining(credentials[service]) });
  });

  test('is rejected with another audience', async () => {
    const pod = await cluster.admit({ ...serviceAnnotations[service], [`cwii.dev/${service}-audience`]: 'elsewhere' });
    const { results } = await pod.runSdks([service]);

    expect(results[service].error?.message).toContain('the audience elsewhere is not ');
  });

  test('is rejected for another ServiceAccount, an expired token and a key of another cluster', async () => {
    const stranger = await cluster.admit(serviceAnnotations[service], ({ spec }) => {
      spec.serviceAccountName = 'stranger';
    });
    const pod = await cluster.admit(serviceAnnotations[service]);
    const runs = [
      await stranger.runSdks([service]),
      await pod.runSdks([service], { tokenAge: 7200 }),
      await pod.runSdks([service], { signer: await createTokenIssuer(issuerUrl) }),
    ];

    expect(runs.map(({ results }) => results[service].error?.message)).toEqual([
      expect.stringContaining('the subject system:serviceaccount:shop:stranger is not trusted'),
      expect.stringContaining('the token has expired'),
      expect.stringContaining('the signature is not valid'),
    ]);
  });
});
