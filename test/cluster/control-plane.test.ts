// The control plane of the cluster tests: it shows why it did not start, and leaves nothing behind.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startControlPlane } from '../../testing/cluster/control-plane.ts';

describe('the control plane', () => {
  it('shows the log of a program that fails at its start', async () => {
    const start = startControlPlane({ apiServerFlags: ['--no-such-flag'] });

    await expect(start).rejects.toThrow(/kube-apiserver ended with code 1.*unknown flag: --no-such-flag/s);
  });

  it('leaves no files and no listeners after stop', async () => {
    const cluster = await startControlPlane();
    await cluster.stop();

    expect(existsSync(dirname(cluster.kubeconfigPath))).toBe(false);
    await expect(cluster.api('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
  });
});
