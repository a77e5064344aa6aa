// Which credentials the SDKs for JavaScript use if a container sets others beside the injected identity.
//
// The scenarios and outcomes are those of the tables in docs/. test/languages/matrix.test.ts runs them with
// the other languages, which need an installation.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cloud } from '../../testing/sdks/programs.ts';
import { readResults } from '../../testing/sdks/results.ts';
import { otherCredentials, type Scenario } from '../../testing/sdks/scenarios.ts';
import { type FederatedCluster, startFederatedCluster } from './federated-cluster.ts';
import type { Way } from './in-container/get-credentials.ts';
import { outcomeOf } from './outcome.ts';
import { scenarioAnnotations, setEnvironment } from './scenario-pod.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

const ways: Readonly<Record<Cloud, Way>> = { aws: 'aws default chain', azure: 'azure default', gcp: 'gcp' };
const results = readResults();

async function outcomeIn(cloud: Cloud, { env, warnings }: Omit<Scenario, 'sets'>): Promise<string> {
  const pod = await cluster.admit(scenarioAnnotations[cloud], setEnvironment(env));
  expect(pod.warnings).toHaveLength(warnings);
  return outcomeOf((await pod.runSdks([ways[cloud]])).results[ways[cloud]]);
}

describe.each(Object.keys(ways) as Cloud[])('the SDK for JavaScript of %s', { concurrent: true }, (cloud) => {
  test.each(Object.entries(otherCredentials[cloud]))('has the recorded outcome with: %s', async (name, scenario) => {
    expect(await outcomeIn(cloud, scenario)).toBe(results[cloud]?.[name]?.['javascript']);
  });
});

test.each<Omit<Scenario, 'sets'>>([
  { env: { AWS_SHARED_CREDENTIALS_FILE: '', AWS_CONFIG_FILE: '' }, warnings: 0 },
  { env: { AWS_CONFIG_FILE: 'file:region' }, warnings: 1 },
  { env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/credentials' }, warnings: 0 },
])('the SDK for JavaScript of aws uses the identity with $env', async (scenario) => {
  expect(await outcomeIn('aws', scenario)).toBe('identity');
});
