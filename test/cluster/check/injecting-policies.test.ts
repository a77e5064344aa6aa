// `cwii check` with the policies of `cwii manifests --policies`: as written, changed, and in part.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { injectFiles } from '../../../cli/manifests/inject/files.ts';
import { chooseCluster } from '../../../cluster-file/choose-cluster.ts';
import { readClusterFile } from '../../../cluster-file/cluster-file.ts';
import { versionNeeds } from '../../../cluster-file/kubernetes-version.ts';
import { kubernetesMinor } from '../../../testing/kubernetes.ts';
import { editObject } from './fault-matrix.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const CODE = 'webhook-injecting-policies';

let healthy: HealthyCluster;
beforeAll(async () => {
  healthy = await startHealthyCluster();
});
afterAll(() => healthy?.stop());

/** Applies the files as they are now for the cwii.yaml of the folder. */
async function applyPolicies(...names: readonly string[]): Promise<void> {
  const file = `${healthy.folder}/cwii.yaml`;
  const files = injectFiles(chooseCluster(readClusterFile(file).clusters, 'test', file));
  for (const { path, text } of files)
    if (names.some((name) => path.endsWith(`/${name}.yaml`))) await healthy.cluster.apply(text);
}

async function checked() {
  const report = await healthy.report();
  const one = report.categories.flatMap(({ checks }) => checks).find(({ code }) => code === CODE);
  return { problems: problemsIn(report), detail: one?.detail };
}

it('passes in a cluster without the policies', async () => {
  expect(await checked()).toEqual({ problems: [], detail: 'not applied' });
});

describe.runIf(kubernetesMinor() >= versionNeeds.policies.minor)('with the policies', () => {
  it('passes with those that are installed before an incident', async () => {
    await applyPolicies('labels');

    expect(await checked()).toEqual({ problems: [], detail: 'applied: cwii-label' });
  });

  it('passes during an incident, with all of them', async () => {
    await applyPolicies('labels', 'inject', 'findings');

    const detail = 'applied: cwii-label, cwii-inject, cwii-refuse, cwii-warn';
    expect(await checked()).toEqual({ problems: [], detail });
  });

  it('shows what differs after a change of cwii.yaml, and the file to apply', async () => {
    const restore = await healthy.editClusterFile((entry) => {
      entry['providers'] = { aws: { defaultRegion: 'eu-north-1' } };
    });
    const { stdout } = await healthy.check('--only', 'webhook');
    await restore();

    expect(stdout).toMatch(
      /✗ MutatingAdmissionPolicy cwii-inject: .*instead of .*\[webhook-injecting-policies\]\n.*kubectl apply -f 5-policies\/inject\.yaml/,
    );
    expect(stdout).not.toContain('5-policies/labels.yaml');
  });

  it('fails for a binding that selects other namespaces', async () => {
    const undo = await editObject(healthy, `${ADMISSION}/mutatingadmissionpolicybindings/cwii-inject`, ({ spec }) => {
      spec.matchResources.namespaceSelector.matchLabels = { team: 'shop' };
    });
    const { problems } = await checked();
    await undo();

    expect(problems).toEqual([
      expect.stringMatching(
        /^failed webhook-injecting-policies MutatingAdmissionPolicyBinding cwii-inject: spec\.match/,
      ),
    ]);
  });

  it.each([
    ['mutatingadmissionpolicies', 'MutatingAdmissionPolicy'],
    ['mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding'],
  ])('fails if only one of policy and binding exists: without %s', async (plural, kind) => {
    await healthy.cluster.api('DELETE', `${ADMISSION}/${plural}/cwii-inject`);
    const { problems } = await checked();
    await applyPolicies('inject');

    expect(problems).toEqual([`failed ${CODE} ${kind} cwii-inject: it does not exist`]);
  });
});
