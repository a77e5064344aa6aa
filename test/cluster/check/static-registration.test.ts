// `cwii check` with a registration in the files of the API server (`cwii manifests --static`).
//
// The API server of 1.36 needs the feature gate for it, and older ones cannot have it.

import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionNeeds } from '../../../cluster-file/kubernetes-version.ts';
import { kubernetesMinor } from '../../../testing/kubernetes.ts';
import { cwii } from '../../cli/command.ts';
import { useControlPlaneFiles } from '../manifests-in-use.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

const minor = kubernetesMinor();
const gate = minor < versionNeeds.static.minor ? ['--feature-gates=ManifestBasedAdmissionControlConfig=true'] : [];
const ca = ['--webhook-ca', 'webhook-ca.crt'];

let healthy: HealthyCluster;
beforeAll(async () => {
  healthy = await startHealthyCluster();
});
afterAll(() => healthy?.stop());

const checksOf = async (...args: string[]) => {
  const report = await healthy.report(...args);
  return new Map(report.categories.flatMap(({ checks }) => checks).map((check) => [check.code as string, check]));
};

describe('an object in the API', () => {
  it('is found without a word about files', async () => {
    const checks = await checksOf('--only', 'webhook-registered');

    expect(checks.get('webhook-registered')).not.toHaveProperty('detail');
  });
});

if (minor >= 36)
  describe('a registration in the files of the API server', () => {
    beforeAll(async () => {
      const undo = await healthy.editClusterFile((entry) => {
        entry['kubernetesVersion'] = `1.${versionNeeds.static.minor}`;
      });
      const { folder } = healthy;
      const args = ['--static', '--distribution', 'kubeadm', '--out', 'static', ...ca];
      expect(await cwii(['manifests', ...args], { cwd: folder })).toMatchObject({ status: 0, stderr: '' });
      await undo();
      const flags = await useControlPlaneFiles(folder, join(folder, 'static'));
      const admission = flags.filter((flag) => flag.startsWith('--admission-control-config-file='));
      await healthy.cluster.restartApiServer([healthy.cluster.signingKey], [...admission, ...gate]);
    });

    it('beside the object is named, so that the object is deleted', async () => {
      const checks = await checksOf('--only', 'webhook-registered', ...ca);

      expect(checks.get('webhook-registered')?.detail).toContain('as an object, and in the files of the API server');
      await healthy.cluster.kubectl(['delete', 'mutatingwebhookconfigurations', 'cwii']);
    });

    it('passes all checks by its digest', async () => {
      const report = await healthy.report(...ca);

      expect(problemsIn(report)).toEqual([]);
      const [registered] = report.categories
        .flatMap(({ checks }) => checks)
        .filter(({ code }) => code === 'webhook-registered');
      expect(registered?.detail).toBe(
        'in the files of the API server: by their digest, those of `cwii manifests --static`',
      );
    });

    it('is found by a dry run if the files are not those of cwii.yaml, and is not compared', async () => {
      const undo = await healthy.editClusterFile((entry) => {
        entry['webhook'] = { timeoutSeconds: 11 };
      });
      const checks = await checksOf('--only', 'webhook', ...ca);
      await undo();

      expect(checks.get('webhook-registered')?.detail).toContain('a dry run shows that it is called');
      for (const code of ['webhook-url', 'webhook-selectors', 'webhook-settings'])
        expect(checks.get(code)?.cause, code).toContain('cannot be read');
      expect(checks.get('webhook-dry-run')?.result).toBe('passed');
    });

    it('does not make an audit say that no pod is sent', async () => {
      const args = ['audit', '--kubeconfig', healthy.cluster.kubeconfigPath, '-n', 'shop', '-o', 'json'];
      const PATH = `${healthy.cluster.kubectlFolder}:${process.env['PATH']}`;
      const { stdout } = await cwii(args, { cwd: healthy.folder, env: { PATH, HOME: healthy.folder } });

      expect(stdout).toContain('checkout');
      expect(stdout).not.toContain('not-registered');
    });

    it('is missing if the file is disabled', async () => {
      const file = join(healthy.folder, 'on-the-node', 'static-webhooks', 'webhook.yaml');
      await rename(file, `${file}.off`);

      await healthy.cluster.waitFor('the check to fail', async () => {
        const checks = await checksOf('--only', 'webhook-registered', ...ca);
        return checks.get('webhook-registered')?.cause?.startsWith('MutatingWebhookConfiguration cwii does not exist');
      });
    });
  });
