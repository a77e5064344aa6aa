// Tests the settings of services: invalid ones stop the start with a sentence for each problem.

import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../../lib/admission/evaluate.ts';
import { loadServices } from '../../../../lib/providers/provider-set.ts';
import { parseMutateSettings } from '../../../../lib/settings/webhook-config.ts';
import { samplePod } from '../../../fakes/evaluation.ts';

const service = (name: string, key: string) => ({
  name,
  title: name,
  trigger: key,
  keys: { [key]: { meaning: 'A key.', pattern: '.+', example: 'x' } },
  audience: 'a.example.com',
  identity: { TOKEN_FILE: '{token}' },
});

/** Pods without a host of their own get a token for b.example.com. */
const withDefaultHost = {
  ...service('broker', 'role'),
  keys: {
    role: { meaning: 'The role.', pattern: '.+', example: 'x' },
    host: { meaning: 'The host.', pattern: '.+', example: 'a.example.com', default: 'b.example.com' },
  },
  audience: '{host}',
};

const load = (env: Readonly<Record<string, string>>) => loadServices(parseMutateSettings(env));

describe('loadServices', () => {
  it('knows the services of the catalogue by default, and those of the cluster owner', async () => {
    const services = await load({ CWII_CUSTOM_SERVICES: JSON.stringify([service('openbao', 'role')]) });
    const scope = { annotations: { 'cwii.dev/openbao-role': 'x', 'cwii.dev/alibaba-role-arn': 'y' } };

    const { providers, keys } = services.select([scope], undefined);

    expect(providers.map(({ id }) => id)).toEqual(['aws', 'az', 'gcp', 'alibaba', 'openbao']);
    expect(keys?.names).toEqual(expect.arrayContaining(['cwii.dev/openbao-role', 'cwii.dev/anthropic-inject']));
  });

  it('evaluates only the services that an object names', async () => {
    const services = await load({});

    expect(services.select([{ annotations: {} }], undefined).providers).toHaveLength(3);
  });

  it.each([
    { name: 'a fixed one', definition: service('broker', 'role'), audience: 'a.example.com' },
    { name: 'the default of a key', definition: withDefaultHost, audience: 'b.example.com' },
  ])("denies an audience of the service that only the API server's tokens name: $name", async (example) => {
    const settings = parseMutateSettings({ CWII_CUSTOM_SERVICES: JSON.stringify([example.definition]) });
    const services = await loadServices(settings);
    const scope = { kind: 'pod', object: 'Pod shop/web', annotations: { 'cwii.dev/broker-role': 'x' } } as const;
    const target = { namespace: 'shop', pod: samplePod() };
    const read = (audiences: string[]) =>
      evaluate([scope], target, settings, audiences, services.select([scope], undefined)).findings;

    expect(read(['c.example.com'])).toEqual([]);
    expect(read([example.audience])).toEqual([
      expect.objectContaining({
        code: 'audience-of-api-server',
        severity: 'deny',
        message: `the service's audience "${example.audience}" is one of the API server, and the token would give access to the cluster; ask the cluster owner for another audience`,
      }),
    ]);
  });

  it.each([
    { env: { CWII_SERVICES: 'alibaba,alibab' }, problem: /CWII_SERVICES names alibab; write all, none, or names of/ },
    { env: { CWII_CUSTOM_SERVICES: '[{' }, problem: /CWII_CUSTOM_SERVICES is not JSON: / },
    { env: { CWII_CUSTOM_SERVICES: '[{}]' }, problem: /CWII_CUSTOM_SERVICES: service 1: name is missing or invalid/ },
    {
      env: { CWII_CUSTOM_SERVICES: JSON.stringify([service('tencent', 'role')]) },
      problem: /has the service tencent, which exists already; choose another name/,
    },
    {
      env: {
        CWII_API_AUDIENCES: 'a.example.com',
        CWII_CUSTOM_SERVICES: JSON.stringify([service('openbao', 'role')]),
      },
      problem: /the service openbao with the audience "a\.example\.com", which is an audience of the API server;/,
    },
    {
      env: { CWII_API_AUDIENCES: 'b.example.com', CWII_CUSTOM_SERVICES: JSON.stringify([withDefaultHost]) },
      problem: /the service broker with the audience "b\.example\.com", which is an audience of the API server;/,
    },
    {
      env: { CWII_CUSTOM_SERVICES: JSON.stringify([service('a', 'b-c'), service('a-b', 'c')]) },
      problem: /the services a and a-b both have the annotation cwii\.dev\/a-b-c; rename a key/,
    },
  ])('rejects $env', async ({ env, problem }) => {
    await expect(load(env)).rejects.toThrow(problem);
  });
});
