// Warnings of kubectl with the configuration of `cwii manifests`: missing labels, changes, missing rights.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhookConfiguration } from '../../cli/manifests/webhook-configuration.ts';
import { roleAnnotation, serviceAccount, workload } from './manifests.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const labelled = { 'cwii.dev/inject': 'enabled' };
const noEffect = 'no effect, because the namespace does not have the label cwii.dev/inject=enabled';

let cluster: TestCluster;
let webhook: WebhookUnderTest;
beforeAll(async () => {
  cluster = await startTestCluster(['labels', 'without-rights']);
  webhook = await cluster.startWebhook('labels');
  await register('labels', webhook);
});
afterAll(() => cluster?.stop());

/** Registers the entries of `cwii manifests`, with more time for a busy machine. */
async function register(name: string, { origin }: WebhookUnderTest): Promise<void> {
  const configuration = webhookConfiguration({
    url: `${origin}/mutate`,
    namespaces: 'labelled',
    failurePolicy: 'Ignore',
    timeoutSeconds: 10,
    ownerKinds: [],
  }) as { webhooks: object[] };
  const webhooks = configuration.webhooks.map((entry) => ({ ...entry, timeoutSeconds: 10 }));
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  await cluster.api('POST', path, { ...configuration, metadata: { name }, webhooks });
  await cluster.createNamespace(`probe-${name}`);
  const probe = { metadata: { generateName: 'probe-', annotations: { 'cwii.dev/probe': '' } } };
  await cluster.waitFor(`webhook ${name} to be called`, async () => {
    await cluster.api('POST', `/api/v1/namespaces/probe-${name}/serviceaccounts?dryRun=All`, probe);
    return webhook.calls > 0;
  });
}

async function apply(manifest: object): Promise<string> {
  return (await cluster.apply(JSON.stringify(manifest))).stderr;
}

describe('kubectl apply in a namespace without the label', () => {
  it.each([
    [
      'a Deployment',
      workload('Deployment', 'plain', 'web', { annotations: roleAnnotation('web') }),
      'Deployment plain/web',
    ],
    [
      'its template',
      workload('Deployment', 'plain', 'api', { pod: { annotations: roleAnnotation('web') } }),
      'Deployment plain/api',
    ],
    [
      'a CronJob',
      workload('CronJob', 'plain', 'nightly', { jobAnnotations: roleAnnotation('web') }),
      'CronJob plain/nightly',
    ],
    ['a ServiceAccount', serviceAccount('plain', 'my-app', roleAnnotation('web')), 'ServiceAccount plain/my-app'],
  ])('says that annotations have no effect there: %s', async (_, manifest, object) => {
    await cluster.createNamespace('plain').catch(() => undefined);
    expect(await apply(manifest)).toContain(`on ${object}: ${noEffect}; kubectl label --overwrite namespace`);
  });

  it('tells a misspelt prefix', async () => {
    await cluster.createNamespace('misspelt');
    const stderr = await apply(serviceAccount('misspelt', 'my-app', { 'cwi.dev/aws-role-arn': 'x' }));
    expect(stderr).toContain('keys of cwii begin with cwii.dev/ (did you mean cwii.dev/aws-role-arn?)');
  });

  it('tells the wrong value of the label', async () => {
    const metadata = { name: 'wrong', labels: { 'cwii.dev/inject': 'true' }, annotations: roleAnnotation('web') };
    const stderr = await apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
    expect(stderr).toContain(
      'on Namespace wrong: no effect, because the label cwii.dev/inject of the namespace must be',
    );
    expect(stderr).toContain('"enabled", and is "true"');
  });

  it('tells that the label has no effect as an annotation', async () => {
    const metadata = { name: 'annotated', annotations: { 'cwii.dev/inject': 'enabled' } };
    const stderr = await apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
    expect(stderr).toContain('this is a label of namespaces, and has no effect as an annotation');
  });

  it('does not call the webhook for objects without such keys', async () => {
    await cluster.createNamespace('quiet');
    await cluster.createNamespace('quiet-end');
    await apply(workload('Deployment', 'quiet', 'web', { annotations: { 'example.com/team': 'blue' } }));
    await apply(serviceAccount('quiet', 'my-app'));
    await apply(serviceAccount('quiet-end', 'last', roleAnnotation('last')));
    // The log has the order of the calls.
    await webhook.logged('quiet-end');
    expect(webhook.log().filter((line) => JSON.parse(line).namespace === 'quiet')).toEqual([]);
  });
});

describe('a change in a namespace with the label', () => {
  it('of the annotations of a Deployment says that running pods keep what they have', async () => {
    await cluster.createNamespace('changed', labelled);
    await apply(workload('Deployment', 'changed', 'web'));
    const { stderr } = await cluster.kubectl([
      '-n',
      'changed',
      'annotate',
      'deployment/web',
      'cwii.dev/aws-role-arn=arn:aws:iam::123456789012:role/web',
    ]);
    expect(stderr).toBe(
      'Warning: cwii: new pods of Deployment changed/web get the identity of aws; running pods keep what they have: kubectl rollout restart deployment/web -n changed\n',
    );
    const line = expect.objectContaining({ outcome: 'advised', kind: 'Deployment', object: 'web' });
    expect(await webhook.logged('changed')).toContainEqual(line);
  });

  it('of the role of a ServiceAccount says so', async () => {
    await cluster.createNamespace('account', labelled);
    await apply(serviceAccount('account', 'my-app', roleAnnotation('one')));
    expect(await apply(serviceAccount('account', 'my-app', roleAnnotation('two')))).toBe(
      'Warning: cwii: ServiceAccount account/my-app changes cwii.dev/aws-role-arn for new pods; running pods keep what they have: kubectl rollout restart their workloads\n',
    );
  });
});

it('a function without rights warns the person, and logs an error', async () => {
  const token = await cluster.tokenFile('default', 'default');
  const withoutRights = await cluster.startWebhook('without-rights', { CWII_KUBE_CREDENTIAL: `file:${token}` });
  await register('without-rights', withoutRights);
  await cluster.createNamespace('no-rights', labelled);
  const manifest = workload('Deployment', 'no-rights', 'web', { annotations: roleAnnotation('web') });
  expect(
    await cluster.waitFor('the warning', async () => {
      const { stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(manifest));
      return stderr.includes('no advice') && stderr;
    }),
  ).toMatch(
    /Warning: cwii: no advice: .* could not be read from the cluster: the function's user is not allowed to get/,
  );
  const lines = await withoutRights.logged('no-rights');
  expect(lines.at(-1)).toMatchObject({ level: 'error', outcome: 'unadvised', kind: 'Deployment', object: 'web' });
});
