// The choice of the Kubernetes version for a run of the cluster tests.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { NEWEST_MINOR, OLDEST_MINOR } from '../../cluster-file/kubernetes-version.ts';
import { chosenKubernetes, controlPlane, kubernetesVersions, pinnedKubernetes } from '../../testing/kubernetes.ts';

const VARIABLE = 'TEST_KUBERNETES';
const versions = [...kubernetesVersions().keys()];

afterEach(() => vi.unstubAllEnvs());

describe('the versions of the tests', () => {
  it('are versions that cwii supports, the newest of them included', () => {
    const minors = versions.map((version) => Number(version.slice('1.'.length)));

    expect(Math.min(...minors)).toBeGreaterThanOrEqual(OLDEST_MINOR);
    expect(Math.max(...minors)).toBe(NEWEST_MINOR);
  });

  it('are those that the workflow and `npm run test:cluster:newest` run', async () => {
    const file = async (name: string) => readFile(join(import.meta.dirname, '..', '..', name), 'utf8');
    const { jobs } = parse(await file('.github/workflows/ci.yaml'), { merge: true });
    const { scripts } = JSON.parse(await file('package.json')) as { scripts: Record<string, string> };

    expect(jobs.cluster.strategy.matrix.kubernetes).toEqual(versions);
    expect(scripts['test:cluster:newest']).toContain(`--kubernetes 1.${NEWEST_MINOR} `);
  });

  it.each(versions)('have module files with sums: %s', (version) => {
    vi.stubEnv(VARIABLE, version);
    const { folder, moduleFile = '' } = controlPlane();

    expect(existsSync(join(folder, moduleFile.replace(/mod$/, 'sum')))).toBe(true);
  });

  it.each(versions)('are stamped into the programs: %s', async (version) => {
    vi.stubEnv(VARIABLE, version);
    const program = controlPlane();

    const release = await program.version?.expected(program.folder);

    expect(release).toMatch(new RegExp(`^v${version}\\.\\d+$`));
    expect(await program.ldflags(program.folder)).toContain(`version.gitVersion=${release}`);
  });
});

describe('a run', () => {
  it.each([undefined, ''])('uses the pinned version if the variable is %s', (value) => {
    vi.stubEnv(VARIABLE, value);

    expect(chosenKubernetes()).toBe(pinnedKubernetes());
    expect(controlPlane()).toMatchObject({ name: 'control-plane', moduleFile: 'go.mod' });
  });

  it('is refused on another version than those of the tests', () => {
    vi.stubEnv(VARIABLE, '1.12');

    expect(chosenKubernetes).toThrow(
      `Kubernetes 1.12 is not a version of the tests; choose among ${versions.join(', ')}`,
    );
  });
});
