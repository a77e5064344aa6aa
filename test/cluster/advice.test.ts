// Knows what kubectl tells whoever applies a workload, ServiceAccount or Namespace, and that nothing else comes of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestLog } from '../../lib/common/log.ts';
import type { AuditEvent } from '../../testing/cluster/audit-log.ts';
import { type ApiLink, openApiLink } from '../../testing/network/api-link.ts';
import { type Annotations, asks, type Manifest, roleArn, serviceAccount, workload } from './manifests.ts';
import type { StoredPod } from './stored-pod.ts';
import { calledByLabel, reader, startTestCluster, type TestCluster } from './test-cluster.ts';
import { threeClouds } from './three-clouds.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';
import { registerWorkloads } from './workloads-entry.ts';

const malformed = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:user/my-app' };
const misspelt = { ...asks('misspelt'), 'cwii.dev/aws-regoin': 'us-east-1' };

const notTheArn = (object: string) =>
  `Warning: cwii.dev/aws-role-arn "${malformed['cwii.dev/aws-role-arn']}" on ${object}: not the ARN of an IAM role`;
const noSuchAnnotation = (object: string) =>
  `Warning: cwii.dev/aws-regoin "us-east-1" on ${object}: no such annotation, so it has no effect; did you mean cwii.dev/aws-region?\n`;

let cluster: TestCluster;
let webhook: WebhookUnderTest;
let link: ApiLink;
beforeAll(async () => {
  cluster = await startTestCluster(['advice', 'cut-off']);
  webhook = await cluster.startWebhook('advice');
  await cluster.register({ name: 'pods', webhook });
  // Longer than the entry's own second, so that no advice is lost to a busy machine.
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
    await cluster.create(serviceAccount('told', 'my-app', asks('service-account')));
  });

  it('of a Deployment says what its pods get, and that is what they get', async () => {
    await cluster.addNamespace('kept-word', { calledBy: ['advice', 'pods'] });
    const stderr = await apply(workload('Deployment', 'kept-word', 'web', { annotations: threeClouds }));
    expect(stderr).toBe('Warning: cwii: the pods of Deployment kept-word/web get the identity of aws, az, gcp\n');
    const { metadata } = await cluster.podIn('kept-word');
    expect(metadata.annotations?.['cwii.dev/injected']).toBe('aws,az,gcp');
  });

  it('of a Deployment says what its pods get by their ServiceAccount', async () => {
    const stderr = await apply(workload('Deployment', 'told', 'by-account', { pod: { serviceAccountName: 'my-app' } }));
    expect(stderr).toBe('Warning: cwii: the pods of Deployment told/by-account get the identity of aws\n');
  });

  it('of a Deployment with a misspelt annotation names the right one', async () => {
    const stderr = await apply(workload('Deployment', 'told', 'misspelt', { annotations: misspelt }));
    expect(stderr).toBe(
      `Warning: cwii: the pods of Deployment told/misspelt get the identity of aws\n${noSuchAnnotation('Deployment told/misspelt')}`,
    );
  });

  it('of a Deployment with a malformed role says that its pods will be refused, and why', async () => {
    await cluster.addNamespace('forewarned', { calledBy: ['advice', 'pods'] });
    const stderr = await apply(workload('Deployment', 'forewarned', 'web', { annotations: malformed }));
    expect(stderr).toContain('Warning: cwii: the pods of Deployment forewarned/web will be refused\n');
    expect(stderr).toContain(notTheArn('Deployment forewarned/web'));
    expect(await cluster.refusalIn('forewarned')).toContain('not the ARN of an IAM role');
  });

  it('of a StatefulSet looks into its pod template', async () => {
    const stderr = await apply(workload('StatefulSet', 'told', 'db', { pod: { annotations: misspelt } }));
    expect(stderr).toContain('Warning: cwii: the pods of StatefulSet told/db get the identity of aws\n');
    expect(stderr).toContain(noSuchAnnotation('Pod told/db-*'));
  });

  it('of a CronJob looks into its job template', async () => {
    const stderr = await apply(workload('CronJob', 'told', 'nightly', { jobAnnotations: misspelt }));
    expect(stderr).toContain('Warning: cwii: the pods of CronJob told/nightly get the identity of aws\n');
    expect(stderr).toContain(noSuchAnnotation('CronJob told/nightly'));
  });

  it('of a ServiceAccount says what is wrong with its own annotations', async () => {
    const stderr = await apply(serviceAccount('told', 'wrong', { ...malformed, 'cwii.dev/aws-regoin': 'us-east-1' }));
    expect(stderr).toContain(notTheArn('ServiceAccount told/wrong'));
    expect(stderr).toContain(noSuchAnnotation('ServiceAccount told/wrong'));
  });

  it('of a Namespace says what is wrong with its own annotations', async () => {
    const metadata = { name: 'wrong', annotations: malformed, labels: { [calledByLabel('advice')]: '' } };
    expect(await apply({ apiVersion: 'v1', kind: 'Namespace', metadata })).toContain(notTheArn('Namespace wrong'));
  });

  it('says it of what it would do with --dry-run=server as well', async () => {
    const manifest = workload('Deployment', 'told', 'tried', { annotations: asks('tried') });
    const { stderr } = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(manifest));
    expect(stderr).toBe('Warning: cwii: the pods of Deployment told/tried get the identity of aws\n');
  });

  it('is silent where nobody asks for an identity', async () => {
    expect(await apply(workload('Deployment', 'told', 'plain'))).toBe('');
    expect(await apply(serviceAccount('told', 'plain'))).toBe('');
  });
});

describe('a workload that is advised on', () => {
  it('is stored as it is without a webhook', async () => {
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

  it.each<[string, boolean, ...string[]]>([
    ['kubectl scale', false, 'scale', 'deployment/web', '--replicas=0'],
    [
      'a change of its status',
      false,
      'patch',
      'deployment/web',
      '--subresource=status',
      '-p',
      '{"status":{"observedGeneration":9}}',
    ],
    ['a change of its number of pods', true, 'patch', 'deployment/web', '-p', '{"spec":{"replicas":2}}'],
    ['a label', true, 'label', 'deployment/web', 'team=shop'],
  ])('costs no read of the cluster and gives no advice on %s', async (what, called, ...command) => {
    const namespace = `quiet-${what.replaceAll(' ', '-').toLowerCase()}`;
    await addNamespace(namespace);
    await cluster.create(workload('Deployment', namespace, 'web', { annotations: asks('web') }));
    const reads = await readsFor(namespace);
    expect(reads).toHaveLength(2);
    const calls = await callsFor('deployments', namespace, 'patch');
    expect(await cluster.kubectl(['-n', namespace, ...command])).toMatchObject({ code: 0, stderr: '' });
    expect(await readsFor(namespace)).toHaveLength(2);
    expect(await callsFor('deployments', namespace, 'patch')).toHaveLength(calls.length + (called ? 1 : 0));
  });

  it('is advised on again when its template changes', async () => {
    await addNamespace('changed');
    await cluster.create(workload('Deployment', 'changed', 'web'));
    const stderr = await apply(workload('Deployment', 'changed', 'web', { pod: { annotations: asks('changed') } }));
    expect(stderr).toContain('Warning: cwii: the pods of Deployment changed/web get the identity of aws\n');
  });

  it('is not advised on a second time by what its controller makes', async () => {
    await addNamespace('made');
    await apply(workload('Deployment', 'made', 'web', { pod: { annotations: misspelt } }));
    await cluster.podIn('made');
    expect(await callsFor('replicasets', 'made')).not.toHaveLength(0);
    expect(await readsFor('made')).toHaveLength(2);
    // The log is in the order of the calls: what the ReplicaSet had to be told would stand before this.
    await apply(serviceAccount('made', 'last', { ...misspelt, 'cwii.dev/aws-inject': 'nonsense' }));
    const told = await linesOf(webhook, 'made', ({ findings }) => findings?.includes('boolean-unreadable'));
    expect(told.filter(({ findings }) => findings)).toHaveLength(2);
  });
});

describe('the advice of a function that cannot read the cluster', () => {
  let cutOff: WebhookUnderTest;
  beforeAll(async () => {
    cutOff = await cluster.startWebhook('cut-off', { CWII_KUBE_API_URL: link.url, CWII_CACHE_SECONDS: '0' });
    await registerWorkloads(cluster, { name: 'cut-off', webhook: cutOff });
  });

  it.each([
    ['refused', () => link.cut(), 'cluster-unreachable'],
    ['never-answered', () => link.silence(), 'cluster-timeout'],
  ])('is missing, and nothing else, while its reads are %s', async (name, breakLink, code) => {
    await cluster.addNamespace(name, { calledBy: ['cut-off'] });
    await breakLink();
    try {
      expect(await apply(workload('Deployment', name, 'web', { annotations: asks(name) }))).toBe('');
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

/** Applies as a user does, and gives what kubectl shows besides the object's name. */
async function apply(manifest: Manifest | object): Promise<string> {
  return (await cluster.apply(JSON.stringify(manifest))).stderr;
}

/** The log of the requests in a namespace, once the sought line is there. */
function linesOf(
  { logged }: WebhookUnderTest,
  namespace: string,
  sought: (line: RequestLog) => boolean | undefined,
): Promise<readonly RequestLog[]> {
  return cluster.waitFor(`the sought line of a request in namespace ${namespace}`, async () => {
    const lines = await logged(namespace);
    return lines.some(sought) && lines;
  });
}

/** The function's reads for a namespace. */
async function readsFor(namespace: string): Promise<AuditEvent[]> {
  const username = `system:serviceaccount:${reader.namespace}:${reader.name}`;
  return (await cluster.auditEvents()).filter(
    ({ user, requestURI }) =>
      user.username === username && /\/namespaces\/([^/?]+)/.exec(requestURI)?.[1] === namespace,
  );
}

/** Requests for which the API server asked the function, and changed nothing. */
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
