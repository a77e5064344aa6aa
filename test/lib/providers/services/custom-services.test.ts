// Tests the settings of services: invalid ones stop the start with a sentence for each problem.

import { describe, expect, it } from 'vitest';
import { loadServices } from '../../../../lib/providers/provider-set.ts';
import { parseMutateSettings } from '../../../../lib/settings/webhook-config.ts';

const service = (name: string, key: string) => ({
  name,
  title: name,
  trigger: key,
  keys: { [key]: { meaning: 'A key.', pattern: '.+', example: 'x' } },
  audience: 'a.example.com',
  identity: { TOKEN_FILE: '{token}' },
});

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
    { env: { CWII_SERVICES: 'alibaba,alibab' }, problem: /CWII_SERVICES names alibab; write all, none, or names of/ },
    { env: { CWII_CUSTOM_SERVICES: '[{' }, problem: /CWII_CUSTOM_SERVICES is not JSON: / },
    { env: { CWII_CUSTOM_SERVICES: '[{}]' }, problem: /CWII_CUSTOM_SERVICES: 0\.name is missing or invalid/ },
    {
      env: { CWII_CUSTOM_SERVICES: JSON.stringify([service('tencent', 'role')]) },
      problem: /has the service tencent, which exists already; choose another name/,
    },
    {
      env: { CWII_CUSTOM_SERVICES: JSON.stringify([service('a', 'b-c'), service('a-b', 'c')]) },
      problem: /the services a and a-b both have the annotation cwii\.dev\/a-b-c; rename a key/,
    },
  ])('rejects $env', async ({ env, problem }) => {
    await expect(load(env)).rejects.toThrow(problem);
  });
});
