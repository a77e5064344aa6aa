// `cwii check serviceaccount` for services, with tokens of a real API server.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../../lib/settings/service-catalogue.ts';
import type { ServiceName } from '../../sdk/services-endpoint.ts';
import { serviceAnnotations } from '../../sdk/trust.ts';
import type { Annotations } from '../manifests.ts';
import { expectFault } from './expect-fault.ts';
import { healthy, noClouds, otherIssuer, trustOf } from './trust-faults.ts';
import {
  annotations,
  issuerUrl,
  resultsOf,
  startTrustingClouds,
  subject,
  type Trust,
  type TrustingClouds,
} from './trusting-clouds.ts';

let clouds: TrustingClouds;
beforeAll(async () => {
  clouds = await startTrustingClouds();
});
afterAll(() => clouds?.stop());
afterEach(() => clouds.annotate(annotations));

const names = Object.keys(serviceAnnotations) as ServiceName[];
const titleOf = (name: string) => catalogue.find((one) => one.name === name)?.title ?? name;
describe('the services of the catalogue', () => {
  it('accept the token with exactly the audience that a pod gets, each at its own endpoint', async () => {
    await clouds.annotate(Object.assign({}, ...names.map((name) => serviceAnnotations[name])));
    const report = await clouds.report('shop/checkout');

    expect(resultsOf(report)).toEqual({ ...healthy, ...noClouds, 'trust-services': 'passed' });
    const subjects = report.categories.flatMap(({ checks }) => checks).map(({ subject: label }) => label);
    for (const name of names) expect(subjects).toContain(`ServiceAccount shop/checkout, ${titleOf(name)}`);
  });

  it.each(names)('%s: a trust in another ServiceAccount is explained with the claims', async (name) => {
    await clouds.annotate(serviceAnnotations[name]);
    await clouds.with(
      ({ services }) => changed(services, name, { subject: 'system:serviceaccount:pay:checkout' }),
      () =>
        expectFault(clouds, {
          code: 'trust-services',
          cause: `${titleOf(name)} does not accept the token with iss "${issuerUrl}", sub "${subject}"`,
          remedy: trustOf(name).replace('run ', 'with '),
          results: noClouds,
        }),
    );
  });

  it('Databricks: another audience than that of the policy', async () => {
    await clouds.annotate({ ...serviceAnnotations.databricks, 'cwii.dev/databricks-audience': 'vault' });
    await expectFault(clouds, {
      code: 'trust-services',
      cause: 'aud "vault". It answers invalid_request: the audience vault is not 66666666-7777-8888-9999-000000000000',
      remedy: 'letter by letter',
      results: noClouds,
    });
  });

  it('Tencent Cloud: a refusal with status 200, for another issuer', async () => {
    await clouds.annotate(serviceAnnotations.tencent);
    await clouds.with(
      ({ services }) => changed(services, 'tencent', { issuer: otherIssuer }),
      () =>
        expectFault(clouds, {
          code: 'trust-services',
          cause: `It answers InvalidParameter: the issuer ${issuerUrl} is not trusted`,
          remedy: 'letter by letter',
          results: noClouds,
        }),
    );
  });

  it('the Claude API: keys that it cannot verify the token with', async () => {
    await clouds.annotate(serviceAnnotations.anthropic);
    await clouds.with(
      ({ services }) => changed(services, 'anthropic', { jwks: { keys: [] } }),
      () =>
        expectFault(clouds, {
          code: 'trust-services',
          cause: 'the Claude API cannot verify the token: ',
          remedy: 'publish the keys of the API server',
          results: noClouds,
        }),
    );
  });

  it('HCP: an answer that is not from the service', async () => {
    await clouds.annotate(serviceAnnotations.hcp);
    await clouds.with(
      () => ({
        instead: ({ host }) =>
          host === 'api.cloud.hashicorp.com' ? { status: 502, type: 'text/html', body: '<h1>x</h1>' } : undefined,
      }),
      () =>
        expectFault(clouds, {
          code: 'trust-services',
          cause: 'api.cloud.hashicorp.com answers with status 502',
          remedy: 'try again later',
          results: noClouds,
        }),
    );
  });

  const withoutExchange: readonly (readonly [string, Annotations, string])[] = [
    [
      'a bare token',
      { 'cwii.dev/token-vault': 'vault.example.com' },
      'cwii knows no token exchange of the token vault',
    ],
    [
      'a workspace in a domain that is not of Databricks',
      { ...serviceAnnotations.databricks, 'cwii.dev/databricks-host': 'https://10.0.0.1' },
      'https://10.0.0.1 is not in a domain of Databricks that cwii knows',
    ],
  ];
  it.each(withoutExchange)('%s is skipped with the claims, and never passed', async (_, chosen, reason) => {
    await clouds.annotate(chosen);
    const [line] = await clouds.linesOf('trust-services');

    expect(line).toMatchObject({ result: 'skipped' });
    expect(line?.cause).toContain(reason);
    expect(line?.cause).toContain(`the receiver must accept a token with iss "${issuerUrl}", sub "${subject}", aud "`);
  });

  it('a service of cwii.yaml has a trust and no exchange, and an invalid value is a failure', async () => {
    const services = [
      {
        name: 'openbao',
        title: 'OpenBao',
        trigger: 'role',
        keys: { role: { meaning: 'The role.', pattern: '[a-z-]{1,64}', example: 'my-app' } },
        audience: 'openbao.example.com',
        identity: { BAO_ROLE: '{role}', BAO_TOKEN_PATH: '{token}' },
      },
    ];
    const file = await clouds.clusterFile({ services });
    await clouds.annotate({ 'cwii.dev/openbao-role': 'checkout' });
    const trust = await clouds.run('trust', 'shop/checkout', '--cloud', 'openbao', '-o', 'json', '--file', file);
    const report = await clouds.report('shop/checkout', '--file', file);

    expect(JSON.parse(trust.stdout)).toEqual({
      service: 'openbao',
      issuer: issuerUrl,
      audience: 'openbao.example.com',
      subjects: [subject],
      values: { role: 'checkout' },
    });
    expect(resultsOf(report)).toEqual({ ...healthy, ...noClouds });
    await clouds.annotate({ 'cwii.dev/openbao-role': 'Not Valid' });
    await expectFault(
      clouds,
      {
        code: 'trust-request',
        cause: 'no identity of OpenBao',
        remedy: 'correct cwii.dev/openbao-role',
        results: { ...noClouds, 'trust-token': 'skipped' },
      },
      ['--file', file],
    );
  });
});

function changed(
  services: Trust['services'],
  name: ServiceName,
  change: Partial<Trust['services'][ServiceName]>,
): Partial<Trust> {
  return { services: { ...services, [name]: { ...services[name], ...change } } };
}
