// The advice that kubectl shows to users who apply a workload, ServiceAccount or Namespace.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestLog } from '../../lib/common/log.ts';
import type { AuditEvent } from '../../testing/cluster/audit-log.ts';
import { type ApiLink, openApiLink } from '../../testing/network/api-link.ts';
import { type Annotations, type Manifest, roleAnnotation, roleArn, serviceAccount, workload } from './manifests.ts';
import type { StoredPod } from './stored-pod.ts';
import { calledByLabel, reader, startTestCluster, type TestCluster } from './test-cluster.ts';
import { threeClouds } from './three-clouds.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';
import { registerWorkloads } from './workloads-entry.ts';

const malformed = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:user/my-app' };
const misspelt = { ...roleAnnotation('misspelt'), 'cwii.dev/aws-regoin': 'us-east-1' };

const notTheArn = (object: string) =>
  `Warning: cwii.dev/aws-role-arn "${malformed['cwii.dev/aws-role-arn']}" on ${object}: not the ARN of an IAM role`;
const unknownAnnotation = (object: string) =>
  `Warning: cwii.dev/aws-regoin "us-east-1" on ${object}: unknown annotation without effect (did you mean cwii.dev/aws-region?); correct or remove the key (docs/annotations.md lists all keys)\n`;

let cluster: TestCluster;
let webhook: WebhookUnderTest;
let link: ApiLink;
beforeAll(async () => {
  cluster = await startTestCluster(['advice', 'cut-off']);
  webhook = await cluster.startWebhook('advice');
  await cluster.register({ name: 'pods', webhook });
  // Longer than the one second of examples/, so that a busy machine loses no advice.
  await registerWorkloads(cluster, { name: 'advice', webhook, timeoutSeconds: 10 });
  link = await openApiLink(cluster.url);
});
afterAll(async () => {
  await cluster?.stop();
  await link?.close();
});

describe('kubectl apply', () => {
  beforeAll(async () => {
    await addNamespace('told');
    await cluster.create(serviceAccount('told', 'my-app', roleAnnotation('service-account')));
  });

  it('of a Deployment shows the identities that its pods then get', async () => {
    await cluster.addNamespace('kept-word', { calledBy: ['advice', 'pods'] });
    const stderr = await apply(workload('Deployment', 'kept-word', 'web', { annotations: threeClouds }));
    expect(stderr).toBe('Warning: cwii: the pods of Deployment kept-word/web get the identity of aws, az, gcp\n');
    const { metadata } = await cluster.podIn('kept-word');
    expect(metadata.annotations?.['cwii.dev/injected']).toBe('aws,az,gcp');
  });

  it('of a Deployment shows the identity that its ServiceAccount asks for', async () => {
    const stderr = await apply(workload('Deployment', 'told', 'by-account', { pod: { serviceAccountName: 'my-app' } }));
    expect(stderr).toBe('Warning: cwii: the pods of Deployment told/by-account get the identity of aws\n');
  });

  it('of a Deployment with a misspelt annotation suggests the right one', async () => {
    const stderr = await apply(workload('Deployment', 'told', 'misspelt', { annotations: misspelt }));
    expect(stderr).toBe(
      `Warning: cwii: the pods of Deployment told/misspelt get the identity of aws\n${unknownAnnotation('Deployment told/misspelt')}`,
    );
  });

  it('of a Deployment with a malformed role warns that its pods will be denied, with the reason', async () => {
    await cluster.addNamespace('forewarned', { calledBy: ['advice', 'pods'] });
    const stderr = await apply(workload('Deployment', 'forewarned', 'web', { annotations: malformed }));

    expect(stderr).toContain('Warning: cwii: the pods of Deployment forewarned/web will be denied\n');
    expect(stderr).toContain(notTheArn('Deployment forewarned/web'));
    expect(await cluster.refusalIn('forewarned')).toContain('not the ARN of an IAM role');
  });

  it('of a StatefulSet checks the annotations of its pod template', async () => {
    const stderr = await apply(workload('StatefulSet', 'told', 'db', { pod: { annotations: misspelt } }));
    expect(stderr).toContain('Warning: cwii: the pods of StatefulSet told/db get the identity of aws\n');
    expect(stderr).toContain(unknownAnnotation('Pod told/db-*'));
  });

  it('of a CronJob checks the annotations of its job template', async () => {
    const stderr = await apply(workload('CronJob', 'told', 'nightly', { jobAnnotations: misspelt }));
    expect(stderr).toContain('Warning: cwii: the pods of CronJob told/nightly get the identity of aws\n');
    expect(stderr).toContain(unknownAnnotation('CronJob told/nightly'));
  });

  it('of a ServiceAccount checks its own annotations', async () => {
    const stderr = await apply(serviceAccount('told', 'wrong', { ...malformed, 'cwii.dev/aws-regoin': 'us-east-1' }));
    expect(stderr).toContain(notTheArn('ServiceAccount told/wrong'));
    expect(stderr).toContain(unknownAnnotation('ServiceAccount told/wrong'));
  });

  it('of a Namespace checks its own annotations', async () => {
    const metadata = { name: 'wrong', annotations: malformed, labels: { [calledByLabel('advice')]: '' } };
    expect(await apply({ apiVersion: 'v1', kind: 'Namespace', metadata })).toContain(notTheArn('Namespace wrong'));
  });

  it('shows the same advice with --dry-run=server', async () => {
    const manifest = workload('Deployment', 'told', 'tried', { annotations: roleAnnotation('tried') });
    const { stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(manifest));
    expect(stderr).toBe('Warning: cwii: the pods of Deployment told/tried get the identity of aws\n');
  });

  it('shows nothing if no annotation asks for an identity', async () => {
    expect(await apply(workload('Deployment', 'told', 'plain'))).toBe('');
    expect(await apply(serviceAccount('told', 'plain'))).toBe('');
  });
});

describe('a workload with advice', () => {
  it('is stored unchanged', async () => {
    await addNamespace('unchanged');
    await cluster.addNamespace('unseen', { calledBy: [] });
    const options = { annotations: threeClouds, pod: { annotations: misspelt } };
    const [advised, unseen] = await Promise.all(
      ['unchanged', 'unseen'].map((namespace) => cluster.create(workload('StatefulSet', namespace, 'web', options))),
    );

    expect(await callsFor('statefulsets', 'unchanged')).toHaveLength(1);
    expect(advised?.spec).toEqual(unseen?.spec);
    expect(advised?.metadata.annotations).toEqual(unseen?.metadata.annotations);
  });

  const status = '{"status":{"observedGeneration":9}}';
  const replicas = '{"spec":{"replicas":2}}';

  it.each<[string, boolean, ...string[]]>([
    ['kubectl scale', false, 'scale', 'deployment/web', '--replicas=0'],
    ['a status update', false, 'patch', 'deployment/web', '--subresource=status', '-p', status],
    ['a change of its replicas', true, 'patch', 'deployment/web', '-p', replicas],
    ['a label', true, 'label', 'deployment/web', 'team=shop'],
  ])('gets no advice and causes no read of the cluster on %s', async (what, called, ...command) => {
    const namespace = `quiet-${what.replaceAll(' ', '-').toLowerCase()}`;
    await addNamespace(namespace);
    await cluster.create(workload('Deployment', namespace, 'web', { annotations: roleAnnotation('web') }));
    const reads = await readsFor(namespace);
    expect(reads).toHaveLength(2);
    const calls = await callsFor('deployments', namespace, 'patch');
    expect(await cluster.kubectl(['-n', namespace, ...command])).toMatchObject({ code: 0, stderr: '' });
    expect(await readsFor(namespace)).toHaveLength(2);
    expect(await callsFor('deployments', namespace, 'patch')).toHaveLength(calls.length + (called ? 1 : 0));
  });

  it('gets advice again when its template changes', async () => {
    await addNamespace('changed');
    await cluster.create(workload('Deployment', 'changed', 'web'));
    const stderr = await apply(
      workload('Deployment', 'changed', 'web', { pod: { annotations: roleAnnotation('changed') } }),
    );

    expect(stderr).toContain('Warning: cwii: the pods of Deployment changed/web get the identity of aws\n');
  });

  it('gets no second advice for the objects that its controller creates', async () => {
    await addNamespace('made');
    await apply(workload('Deployment', 'made', 'web', { pod: { annotations: misspelt } }));
    await cluster.podIn('made');
    expect(await callsFor('replicasets', 'made')).not.toHaveLength(0);
    expect(await readsFor('made')).toHaveLength(2);
    // The log has the order of the calls: advice on the ReplicaSet would come before this line.
    await apply(serviceAccount('made', 'last', { ...misspelt, 'cwii.dev/aws-inject': 'nonsense' }));
    const lines = await linesOf(webhook, 'made', ({ findings }) => findings?.includes('boolean-unreadable'));
    expect(lines.filter(({ findings }) => findings)).toHaveLength(2);
  });
});

describe('a function that cannot read the cluster', () => {
  let cutOff: WebhookUnderTest;
  beforeAll(async () => {
    cutOff = await cluster.startWebhook('cut-off', { CWII_KUBE_API_URL: link.url, CWII_CACHE_SECONDS: '0' });
    await registerWorkloads(cluster, { name: 'cut-off', webhook: cutOff });
  });

  it.each([
    ['refused', () => link.cut(), 'cluster-unreachable'],
    ['never-answered', () => link.silence(), 'cluster-timeout'],
  ])('gives no advice while its reads are %s, and the workload is stored', async (name, breakLink, code) => {
    await cluster.addNamespace(name, { calledBy: ['cut-off'] });
    await breakLink();
    try {
      expect(await apply(workload('Deployment', name, 'web', { annotations: roleAnnotation(name) }))).toBe('');
      const lines = await linesOf(cutOff, name, ({ outcome }) => outcome === 'unadvised');
      expect(lines).toContainEqual(expect.objectContaining({ outcome: 'unadvised', status: 200, code }));
    } finally {
      await link.restore();
    }
    const { metadata } = await cluster.api<StoredPod>('GET', `/apis/apps/v1/namespaces/${name}/deployments/web`);

    expect(metadata.annotations).toMatchObject({ 'cwii.dev/aws-role-arn': roleArn(name) });
  });
});

function addNamespace(name: string, annotations?: Annotations): Promise<void> {
  return cluster.addNamespace(name, { calledBy: ['advice'], ...(annotations && { annotations }) });
}

/** Applies as a user does. @returns the warnings that kubectl shows. */
async function apply(manifest: Manifest | object): Promise<string> {
  return (await cluster.apply(JSON.stringify(manifest))).stderr;
}

/** The log of the requests in a namespace, as soon as it has the expected line. */
function linesOf(
  { logged }: WebhookUnderTest,
  namespace: string,
  isExpected: (line: RequestLog) => boolean | undefined,
): Promise<readonly RequestLog[]> {
  return cluster.waitFor(`the expected log line of a request in namespace ${namespace}`, async () => {
    const lines = await logged(namespace);
    return lines.some(isExpected) && lines;
  });
}

/** The objects of a namespace that the function read. */
async function readsFor(namespace: string): Promise<AuditEvent[]> {
  const username = `system:serviceaccount:${reader.namespace}:${reader.name}`;
  return (await cluster.auditEvents()).filter(
    ({ user, requestURI }) =>
      user.username === username && /\/namespaces\/([^/?]+)/.exec(requestURI)?.[1] === namespace,
  );
}

/** Requests for which the API server called the function, which changed nothing. */
async function callsFor(resource: string, namespace: string, verb = 'create'): Promise<AuditEvent[]> {
  return (await cluster.auditEvents()).filter(
    (event) =>
      event.verb === verb &&
      event.objectRef?.resource === resource &&
      event.objectRef.namespace === namespace &&
      Object.values(event.annotations ?? {}).some(
        (value) => value.includes('"workloads.cwii.dev"') && value.includes('"mutated":false'),
      ),
  );
}
