// Runs each SDK in the scenarios of testing/sdks/scenarios.ts. The tables of docs/ have these results.

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, cloudSdks, type SdkName } from '../../testing/sdks/programs.ts';
import { type Results, resultsFile } from '../../testing/sdks/results.ts';
import { otherCredentials } from '../../testing/sdks/scenarios.ts';
import { type AdmittedPod, type FederatedCluster, startFederatedCluster } from '../sdk/federated-cluster.ts';
import { outcomeOf } from '../sdk/outcome.ts';
import { scenarioAnnotations, setEnvironment } from '../sdk/scenario-pod.ts';
import { targetRole } from '../sdk/trust.ts';
import { askSdk } from './ask-sdks.ts';
import { askAwsCli } from './aws-cli.ts';
import { rotationOf } from './rotation.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

const clouds = Object.keys(cloudSdks) as Cloud[];
const sdksOf = (cloud: Cloud) => Object.keys(cloudSdks[cloud]) as SdkName[];
const recorded: Results = JSON.parse(readFileSync(resultsFile, 'utf8'));
const measured: Results = {};

/** Compares a row with the recorded one. With `--update`, it becomes the recorded one. */
function expectRecorded(cloud: Cloud, name: string, row: Results[string][string]): void {
  measured[cloud] = { ...measured[cloud], [name]: row };
  if (updating()) return;
  expect(row, `run with --update, npm run docs, and review the difference of ${resultsFile}`).toEqual(
    recorded[cloud]?.[name],
  );
}

function updating(): boolean {
  return (expect.getState().snapshotState as unknown as { _updateSnapshot: string })._updateSnapshot === 'all';
}

afterAll(() => {
  const complete = clouds.every((cloud) => measured[cloud] && 'rotation' in measured[cloud]);
  if (updating() && complete) writeFileSync(resultsFile, `${JSON.stringify(measured, undefined, 2)}\n`);
});

async function ask(cloud: Cloud, sdk: SdkName, pod: AdmittedPod): Promise<string> {
  if (sdk === 'cli') return outcomeOf(await askAwsCli(cluster, pod));
  return outcomeOf(await askSdk(cluster, pod, { language: sdk, service: cloud }));
}

/** The outcome of every SDK of a cloud, each in a pod of its own. */
async function outcomes(cloud: Cloud, admit: () => Promise<AdmittedPod>): Promise<Record<string, string>> {
  const all = sdksOf(cloud).map(async (sdk) => [sdk, await ask(cloud, sdk, await admit())] as const);
  return Object.fromEntries(await Promise.all(all));
}

describe.each(clouds)('the SDKs of %s', (cloud) => {
  const scenarios = Object.entries(otherCredentials[cloud]);

  test('find the identity without options', async () => {
    const row = await outcomes(cloud, () => cluster.admit(scenarioAnnotations[cloud]));
    expectRecorded(cloud, 'identity', row);
    expect(new Set(Object.values(row))).toEqual(new Set(['identity']));
  });

  test.runIf(cloud === 'aws')('assume a second role through the config file', async () => {
    const row = await outcomes(cloud, () => cluster.admit({ ...scenarioAnnotations[cloud], ...targetRole }));
    expectRecorded(cloud, 'target', row);
    expect(new Set(Object.values(row))).toEqual(new Set(['second role']));
  });

  test.each(scenarios)('have the recorded outcome with another credential: %s', async (name, { env, warnings }) => {
    const admit = async () => {
      const pod = await cluster.admit(scenarioAnnotations[cloud], setEnvironment(env));
      expect(pod.warnings).toHaveLength(warnings);
      return pod;
    };
    expectRecorded(cloud, name, await outcomes(cloud, admit));
  });

  test('have the recorded outcome when the kubelet replaces the token of a running process', async () => {
    const row: Record<string, string> = {};
    for (const sdk of sdksOf(cloud)) {
      // Each command of the CLI is a process of its own.
      if (sdk === 'cli') continue;
      row[sdk] = await rotationOf(await cluster.admit(scenarioAnnotations[cloud]), cluster, {
        language: sdk,
        service: cloud,
      });
    }
    expectRecorded(cloud, 'rotation', row);
  });
});
