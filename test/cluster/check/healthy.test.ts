// `cwii check` on a cluster in which everything is right: no failure and no warning.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

let healthy: HealthyCluster;
beforeAll(async () => {
  healthy = await startHealthyCluster();
});
afterAll(() => healthy?.stop());

describe('a healthy cluster', () => {
  it('has no failure and no warning', async () => {
    const report = await healthy.report();

    expect(problemsIn(report)).toEqual([]);
    expect(report.success).toBe(true);
  });

  it('ends with status 0, and prints no error', async () => {
    const { status, stdout, stderr } = await healthy.check();

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toContain(healthy.callerToken);
  });

  it('is one line with --quiet, after the name of the cluster', async () => {
    const { stdout } = await healthy.check('--quiet');

    expect(stdout).toMatch(/^context .*\n\n\d+ passed, \d+ not checked\n/);
    expect(stdout).not.toMatch(/[✓?]/);
  });

  it('passes the probe, which leaves no registration behind', async () => {
    const { status, stdout } = await healthy.check('--probe', '--yes', '--only', 'webhook-probe');
    const { stdout: names } = await healthy.cluster.kubectl(['get', 'mutatingwebhookconfigurations', '-o', 'name']);

    expect(stdout).toContain('✓ the API server can call the webhook (the API server called it)\n');
    expect(status).toBe(0);
    expect(names).toBe('mutatingwebhookconfiguration.admissionregistration.k8s.io/cwii\n');
  });

  it('is not probed without --yes', async () => {
    const { status, stderr } = await healthy.check('--probe');

    expect(stderr).toContain("option '--probe' needs '--yes'");
    expect(status).toBe(2);
  });
});
