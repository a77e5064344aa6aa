// `cwii check` with faults of the function's permissions, ServiceAccount, owner kinds and version.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEW_ISSUER } from '../manifests-in-use.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

let healthy: HealthyCluster;
beforeAll(async () => {
  healthy = await startHealthyCluster();
});
afterAll(() => healthy?.stop());

const only = ['--only', 'function'];
const problems = async () => problemsIn(await healthy.report(...only));
/** The authorizer learns of a change a moment later. */
const soon = (count: number) =>
  healthy.cluster.waitFor(`${count} problems`, async () => {
    const found = await problems();
    return found.length === count && found;
  });
const lineOf = async (code: string) => {
  const { categories } = await healthy.report(...only);
  return categories.flatMap(({ checks }) => checks).find((line) => line.code === code);
};

describe('the permissions of the functions', () => {
  it('are missing: each kind that cannot be read is named', async () => {
    await healthy.cluster.api('DELETE', `${RBAC}/clusterrolebindings/cwii-reader`);
    const found = await soon(1);
    await healthy.applyStep('1-access');

    expect(found).toEqual([
      'failed function-access: the user system:serviceaccount:cwii-system:cwii-reader may not get serviceaccounts, namespaces, replicasets.apps, deployments.apps, statefulsets.apps, daemonsets.apps, jobs.batch, cronjobs.batch, replicationcontrollers',
    ]);
    await soon(0);
  });

  it('are incomplete after a new owner kind', async () => {
    const undo = await healthy.editClusterFile((entry) => {
      entry['settings'] = {
        ...(entry['settings'] as object),
        ownerKinds: ['apps/v1/controllerrevisions=ControllerRevision'],
      };
    });
    const found = await problems();
    await undo();

    expect(found).toEqual([
      'failed function-access: the user system:serviceaccount:cwii-system:cwii-reader may not get controllerrevisions.apps',
    ]);
  });

  it('do not include the next token', async () => {
    await healthy.cluster.api('DELETE', `${RBAC}/namespaces/cwii-system/rolebindings/cwii-reader-renewal`);
    const found = await soon(1);
    await healthy.applyStep('1-access');
    await soon(0);

    expect(found).toEqual([
      'failed function-credential: the ServiceAccount cwii-system/cwii-reader may not create its next token, so its token expires',
    ]);
  });

  it('are those of the issuer function, whose user may not read the keys', async () => {
    const undo = await healthy.editClusterFile((entry) => {
      entry['credential'] = { webIdentity: { issuer: 'https://1.tokens.sts.global.api.aws' } };
    });
    const found = await problems();
    await undo();

    expect(found).toEqual([
      expect.stringMatching(/^failed function-access: the user cwii:webhook may not get serviceaccounts, /),
      'failed function-issuer-access: the user cwii:issuer may not get /.well-known/openid-configuration, /openid/v1/jwks',
    ]);
  });
});

describe('the ServiceAccount of the functions', () => {
  it('was deleted', async () => {
    await healthy.cluster.api('DELETE', '/api/v1/namespaces/cwii-system/serviceaccounts/cwii-reader');
    const found = await soon(1);
    await healthy.applyStep('1-access');

    expect(found).toEqual([
      "failed function-credential: the ServiceAccount cwii-system/cwii-reader does not exist, so the API server rejects the functions' token",
    ]);
  });
});

describe('an owner kind', () => {
  it.each([
    ['apps/v1/deployment=Deployment', 'apps/v1 has no deployment, but deployments'],
    ['apps/v1/deployments=ReplicaSet', 'deployments is the kind Deployment'],
    ['apps/v2/deployments=Deployment', 'the API server does not serve /apis/apps/v2'],
  ])('%s is not served', async (kind, cause) => {
    const undo = await healthy.editClusterFile((entry) => {
      entry['settings'] = { ...(entry['settings'] as object), ownerKinds: [kind] };
    });
    const line = await lineOf('function-owner-kinds');
    await undo();

    expect(line).toMatchObject({ result: 'warning', subject: kind, cause: expect.stringContaining(cause) });
  });
});

describe('the version of the stack', () => {
  it('is another one', async () => {
    const file = join(healthy.folder, 'cdk-outputs.json');
    const before = await readFile(file, 'utf8');
    const outputs = JSON.parse(before) as Record<string, object>;
    await writeFile(file, JSON.stringify({ 'cwii-test': { ...outputs['cwii-test'], CwiiVersion: '0.0.1' } }));
    const found = await problems();
    await writeFile(file, before);

    expect(found).toEqual([
      expect.stringMatching(/^warning function-version: the stack was deployed by cwii 0\.0\.1, /),
    ]);
  });
});

describe('without AWS credentials', () => {
  it('skips what needs them, and says why', async () => {
    expect(await lineOf('function-state')).toMatchObject({
      result: 'skipped',
      cause: 'the environment has no AWS credentials',
    });
    expect(await lineOf('function-environment')).toMatchObject({ cause: 'it needs function-state' });
  });
});

describe('two faults at once', () => {
  it('are both told, in text too', async () => {
    await healthy.cluster.api('DELETE', `${RBAC}/clusterrolebindings/cwii-reader`);
    await soon(1);
    const path = `${new URL(NEW_ISSUER).pathname}/.well-known/openid-configuration`;
    const document = healthy.issuer.documents.get(path);
    healthy.issuer.documents.delete(path);
    const { status, stdout } = await healthy.check('--only', 'cluster,issuer,function');
    if (document) healthy.issuer.documents.set(path, document);
    await healthy.applyStep('1-access');

    expect(stdout).toContain(' [issuer-discovery]\n');
    expect(stdout).toContain(' [function-access]\n');
    expect(stdout).toMatch(/\n2 failed, /);
    expect(status).toBe(1);
  });
});
