// `cwii audit` of a real cluster: states of running workloads, and restarts that wait for each rollout.

import { delimiter, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditSchema } from '../../cli/audit/report.ts';
import { cwii, folderOf } from '../cli/command.ts';
import { roleAnnotation, roleArn, serviceAccount, workload } from './manifests.ts';
import type { StoredPod } from './stored-pod.ts';
import { calledByLabel, startTestCluster, type TestCluster } from './test-cluster.ts';

interface PodList {
  readonly items: readonly (StoredPod & { readonly status: { readonly conditions?: readonly { type: string }[] } })[];
}

describe('cwii audit', () => {
  let cluster: TestCluster;
  let folder: Awaited<ReturnType<typeof folderOf>>;

  /** One Deployment in a namespace of its own. Its pod is created before the test goes on. */
  const deploy = async (namespace: string, options: Parameters<typeof workload>[3] = {}) => {
    const pod = { serviceAccountName: 'app', ...options.pod };
    await cluster.create(workload('Deployment', namespace, 'app', { ...options, pod }));
    return cluster.podIn(namespace);
  };
  const annotate = (namespace: string, annotations: object) =>
    cluster.api('PATCH', `/api/v1/namespaces/${namespace}/serviceaccounts/app`, { metadata: { annotations } });

  beforeAll(async () => {
    folder = await folderOf({});
    cluster = await startTestCluster();
    await cluster.addWebhook();
    for (const name of ['good', 'late', 'unsent', 'changed', 'wrong', 'quiet'])
      await cluster.addNamespace(name, name === 'unsent' ? { calledBy: [] } : {});
    for (const name of ['good', 'unsent', 'changed'])
      await cluster.create(serviceAccount(name, 'app', roleAnnotation('app')));
    // The API server keeps no times of an object that was created without a field.
    for (const name of ['late', 'quiet']) await cluster.create(serviceAccount(name, 'app', { team: name }));
    await cluster.create(serviceAccount('wrong', 'app', { 'cwii.dev/aws-role-arn': 'bad' }));
    const created = await deploy('late');
    for (const name of ['good', 'unsent', 'changed', 'wrong', 'quiet']) await deploy(name);
    // Times in Kubernetes are in seconds, and a pod of the same second as its annotation counts as newer.
    const made = Date.parse(String(created.metadata['creationTimestamp']));
    await cluster.waitFor('the next second', async () => Date.now() > made + 1000);
    await annotate('late', roleAnnotation('app'));
    await annotate('changed', roleAnnotation('app-new'));
  });
  afterAll(async () => {
    await cluster?.stop();
    await folder?.[Symbol.asyncDispose]();
  });

  const run = async (...args: readonly string[]) => {
    const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
    const command = ['audit', '--kubeconfig', cluster.kubeconfigPath, ...args];
    return cwii(command, { cwd: folder.path, env: { PATH: path, HOME: folder.path, KUBERC: 'off' } });
  };

  const audit = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await run('-o', 'json', ...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return auditSchema.parse(JSON.parse(stdout));
  };

  const reasonsOf = async (namespace: string) => {
    const { workloads } = await audit('-n', namespace);
    expect(workloads).toHaveLength(1);
    const [{ state, reasons } = expect.fail()] = workloads;
    return [state, ...reasons.map(({ code }) => code)];
  };

  it.each([
    ['good', ['ok']],
    ['late', ['lacking', 'older-than-annotation']],
    ['unsent', ['lacking', 'namespace-not-sent']],
    ['changed', ['stale', 'differs']],
    ['wrong', ['in-vain', 'aws-role-arn-invalid']],
    ['quiet', ['not-asking']],
  ])('finds the workload in namespace %s', async (namespace, expected) => {
    expect(await reasonsOf(namespace)).toEqual(expected);
  });

  it('finds all of them at once, and the roles that they use', async () => {
    const { summary, identities, source } = await audit();

    expect(source).toBe(`context admin@test, ${cluster.url}`);
    expect(summary.states).toMatchObject({ lacking: 2, stale: 1, 'in-vain': 1, ok: 1 });
    expect(identities.find(({ name }) => name === roleArn('app'))).toMatchObject({
      serviceAccounts: ['changed/app', 'good/app', 'late/app', 'unsent/app'],
      workloads: ['changed/Deployment/app', 'good/Deployment/app', 'late/Deployment/app', 'unsent/Deployment/app'],
    });
  });

  it('says that the webhook was away', async () => {
    await cluster.addNamespace('away', { calledBy: [] });
    await cluster.create(serviceAccount('away', 'app', roleAnnotation('app')));
    await deploy('away');
    // As the objects look after a call that failed under Ignore: the pod is newer than everything else.
    await cluster.api('PATCH', '/api/v1/namespaces/away', { metadata: { labels: { [calledByLabel('cwii')]: '' } } });

    expect(await reasonsOf('away')).toEqual(['lacking', 'webhook-away']);
  });

  it('fails in a pipeline for the states that it is told', async () => {
    expect((await run('--fail-on', 'lacking')).status).toBe(1);
    expect((await run('-n', 'good', '--fail-on', 'lacking,stale,broken,in-vain')).status).toBe(0);
  });

  it('refuses a namespace that the cluster does not have, also with --fail-on', async () => {
    expect(await run('-n', 'goood', '--fail-on', 'lacking')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'cwii: the cluster has no namespace goood; did you mean "good"? [namespace-unknown]\n',
    });
    const { stderr } = await run('-n', 'production');
    expect(stderr).toMatch(/^cwii: the cluster has no namespace production; choose away, changed, .*, good, /);
  });

  it('could not run without permission to read pods', async () => {
    const { status, stdout, stderr } = await run('--context', 'nobody@test');

    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('nobody@test');
  });

  it('prints the commands of all workloads that a restart cures', async () => {
    expect((await run('--restart')).stdout.split('\n').filter((line) => !line.includes('-n away'))).toEqual([
      'kubectl rollout restart deployment/app -n late',
      'kubectl rollout restart deployment/app -n changed',
      '',
    ]);
  });

  it('stops at the first rollout that does not finish', async () => {
    // No kubelet runs, so no pod becomes ready.
    const { status, stderr } = await run('--restart', '--yes', '--timeout', '1', '--interval', '0');

    expect(status).toBe(1);
    expect(stderr).toMatch(/^cwii: 1 of 3: restarting away\/Deployment\/app\n/);
    expect(stderr).toMatch(
      /the rollout of away\/Deployment\/app did not finish: .*; 2 more workloads were not restarted \[rollout-unfinished\]\n$/,
    );
    // Its rollout goes on, so that another restart is not the remedy.
    const { workloads } = await audit('-n', 'away');
    expect(workloads.map(({ restart, reasons }) => [restart, reasons.map(({ remedy }) => remedy)])).toEqual([
      [undefined, ['wait for the rollout: kubectl rollout status deployment/app -n away']],
    ]);
    const { metadata } = await cluster.podIn('late');
    expect(metadata.annotations?.['kubectl.kubernetes.io/restartedAt']).toBeUndefined();
  });

  it('restarts one workload after the other, and waits for each', async () => {
    let isDone = false;
    const makeReady = async () => {
      const { items } = await cluster.api<PodList>('GET', '/api/v1/pods');
      const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'True' }));
      for (const { metadata, status } of items) {
        if (status.conditions?.some(({ type }) => type === 'Ready')) continue;
        const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`;
        // A pod can be deleted between the two calls.
        await cluster.api('PATCH', path, { status: { phase: 'Running', conditions } }).catch(() => undefined);
      }
      // A pod that is on no node ends as soon as it is deleted.
      return isDone;
    };
    const kubelet = cluster.waitFor('all rollouts', makeReady);
    const { status, stdout, stderr } = await run('--restart', '--yes', '--interval', '0');
    await cluster.waitFor('the rollout that was not finished', async () => (await reasonsOf('away'))[0] === 'ok');
    isDone = true;
    await kubelet;

    expect({ status, stderr }).toMatchObject({ status: 0 });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('restarting'))).toHaveLength(stdout.trimEnd().split('\n').length);
    expect(lines.at(-1)).toMatch(/is done$/);
    for (const namespace of ['late', 'changed', 'away']) expect(await reasonsOf(namespace)).toEqual(['ok']);
    expect((await run('--restart')).stdout).toBe('');
  });
});
