// An incident with the files of `cwii manifests --policies --require`, as docs/availability.md describes it.
//
// The webhook goes away, the policies are applied, and the webhook comes back.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INJECT_LABEL } from '../../cli/manifests/names.ts';
import { versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { INJECTED } from '../../lib/annotations/keys.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';
import { reservePort } from '../../testing/ports.ts';
import { pod, roleAnnotation, roleArn, serviceAccount, type WorkloadKind, workload } from './manifests.ts';
import { applyStep, makeManifests, servedSettings, serveManifests, useControlPlaneFiles } from './manifests-in-use.ts';
import { asNew, roleOf, type StoredPod } from './stored-pod.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const tenant = '66666666-7777-8888-9999-000000000000';
const client = '11111111-2222-3333-4444-555555555555';
/** Requests Azure for all pods of the namespace. */
const ofNamespace = { 'cwii.dev/az-client-id': client, 'cwii.dev/az-tenant-id': tenant };

const kinds: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'ReplicaSet', 'Job', 'ReplicationController'];

let guardian: Guardian;
let cluster: ControlPlane;
let webhook: WebhookUnderTest;
let startWebhook: () => Promise<WebhookUnderTest>;
let out: string;

describe.runIf(kubernetesMinor() >= versionNeeds.policies.minor)('an incident', () => {
  beforeAll(prepare);
  afterAll(async () => {
    await webhook?.stop();
    await cluster?.stop();
    await guardian?.release();
  });

  it('begins with the webhook, which gives each pod its identities', async () => {
    for (const kind of kinds) await createWorkload('before', kind);

    for (const kind of kinds) expect(summary(await podOf('before', kind))).toBe('aws,az account');
  });

  it('goes on without the webhook: each workload that asks on its ServiceAccount or namespace starts', async () => {
    await webhook.stop();
    await cluster.kubectl(IGNORE);
    await applyStep(cluster, out, '5-policies');
    await cluster.waitFor('the policies to take effect', async () => {
      const probe = await dryRun(pod('before', 'probe', { serviceAccountName: 'my-app' }));
      return probe.metadata.annotations?.[INJECTED];
    });
    await addNamespace('during');
    for (const kind of kinds) await createWorkload('during', kind);
    const replaced = await podOf('before', 'Deployment');
    await cluster.api('DELETE', `/api/v1/namespaces/before/pods/${replaced.metadata.name}`);

    for (const kind of kinds) expect(summary(await podOf('during', kind))).toBe('aws,az,(policies) account');
    expect(summary(await podOf('before', 'Deployment', replaced.metadata.uid))).toBe('aws,az,(policies) account');
  });

  it('starts no pod without the identity that only its Deployment requests', async () => {
    await cluster.api('POST', '/api/v1/namespaces/during/serviceaccounts', {
      metadata: { name: 'silent', labels: INJECT_LABEL },
    });
    await create(
      workload('Deployment', 'during', 'by-owner', {
        annotations: roleAnnotation('deployment'),
        pod: { serviceAccountName: 'silent' },
      }),
    );

    const message = await cluster.waitFor('the refusal of the pod', async () => {
      const path = '/api/v1/namespaces/during/events?fieldSelector=reason%3DFailedCreate';
      const { items } = await cluster.api<{ items: { message: string }[] }>('GET', path);
      return items[0]?.message;
    });
    expect(message).toContain('requests an identity of AWS but has no token for it');
  });

  it('ends with the webhook: the next pods have what their owners say too', async () => {
    webhook = await startWebhook();
    await applyStep(cluster, out, '3-webhook');
    await cluster.waitFor('the webhook to be called again', async () => {
      const probe = await dryRun(pod('during', 'probe', { serviceAccountName: 'my-app' }));
      return probe.metadata.annotations?.[INJECTED] === 'aws,az';
    });
    await annotate('Deployment', roleAnnotation('deployment'));
    await annotate('StatefulSet', { 'cwii.dev/aws-inject': 'false' });
    const before = { Deployment: '', StatefulSet: '' };
    for (const kind of ['Deployment', 'StatefulSet'] as const) {
      const { metadata } = await podOf('during', kind);
      before[kind] = metadata.uid;
      await cluster.api('DELETE', `/api/v1/namespaces/during/pods/${metadata.name}?gracePeriodSeconds=0`);
    }

    expect(summary(await podOf('during', 'Deployment', before.Deployment))).toBe('aws,az deployment');
    expect(summary(await podOf('during', 'StatefulSet', before.StatefulSet))).toBe('az undefined');
    expect(roleOf(await podOf('during', 'Deployment', before.Deployment))).toBe(roleArn('deployment'));
    await cluster.waitFor('the pod that was refused', () => podOf('during', 'Deployment', undefined, 'by-owner'));
  });

  it('admits a pod of the policies again as the webhook would', async () => {
    await cluster.kubectl(['delete', '-f', join(out, '5-policies', 'inject.yaml')]);
    const made = await podOf('during', 'Job');
    const fresh = pod('during', 'fresh', { serviceAccountName: 'my-app' });
    const direct = await cluster.waitFor('the policies to be gone', async () => {
      const admitted = await dryRun(fresh);
      return admitted.metadata.annotations?.[INJECTED] === 'aws,az' && admitted;
    });
    const again = await dryRun(asNew('again', made));

    expect(summary(again)).toBe('aws,az account');
    expect(identity(again)).toEqual(identity(direct));
  });
});

const IGNORE = [
  'patch',
  'mutatingwebhookconfiguration',
  'cwii',
  '--type',
  'json',
  '-p',
  '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]',
];

async function prepare(): Promise<void> {
  guardian = createGuardian();
  const authority = await createTestAuthority();
  const certificate = await authority.issue();
  const port = await reservePort();
  const ca = join(guardian.directory, 'webhook-ca.crt');
  await writeFile(ca, authority.certPem, { mode: 0o600 });
  cluster = await startControlPlane();
  out = await makeManifests(guardian.directory, {
    cluster,
    credential: { secret: {} },
    args: ['--policies', '--require', '--url', `https://127.0.0.1:${port.port}`, '--webhook-ca', ca],
    entry: { issuerHosting: undefined, webhook: { failurePolicy: 'Fail' } },
  });
  await cluster.restartApiServer([cluster.signingKey], await useControlPlaneFiles(guardian.directory, out));
  await applyStep(cluster, out, '1-access');
  const token = await cluster.serviceAccountToken('cwii-system', 'cwii-reader');
  startWebhook = () => serveManifests({ port, certificate, guardian, cluster, token, env: servedSettings });
  webhook = await startWebhook();
  await applyStep(cluster, out, '3-webhook');
  await applyStep(cluster, out, '4-require');
  await applyStep(cluster, out, '5-policies/labels.yaml');
  await cluster.waitFor('the label policy to take effect', async () => {
    await cluster.createNamespace('label-probe', INJECT_LABEL).catch(() => undefined);
    const path = '/api/v1/namespaces/label-probe/serviceaccounts?dryRun=All';
    const metadata = { name: 'probe', annotations: roleAnnotation('probe') };
    return (await cluster.api<StoredPod>('POST', path, { metadata })).metadata['labels'];
  });
  await addNamespace('before');
}

/** The ServiceAccount gets its label from the policy. */
async function addNamespace(namespace: string): Promise<void> {
  await cluster.createNamespace(namespace, INJECT_LABEL);
  await cluster.api('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { annotations: ofNamespace } });
  await create(serviceAccount(namespace, 'my-app', roleAnnotation('account')));
  if (namespace === 'before') return;
  await cluster.waitFor(`the policies to see namespace ${namespace}`, async () => {
    const probe = await dryRun(pod(namespace, 'probe', { serviceAccountName: 'my-app' }));
    return probe.metadata.annotations?.[INJECTED]?.startsWith('aws,az');
  });
}

function create({ apiVersion, kind, ...manifest }: ReturnType<typeof pod>): Promise<StoredPod> {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const path = `${group}/namespaces/${manifest.metadata.namespace}/${kind.toLowerCase()}s`;
  return cluster.api('POST', path, { apiVersion, kind, ...manifest });
}

const nameOf = (kind: WorkloadKind) => kind.toLowerCase();

function createWorkload(namespace: string, kind: WorkloadKind): Promise<StoredPod> {
  return create(workload(kind, namespace, nameOf(kind), { pod: { serviceAccountName: 'my-app' } }));
}

function annotate(kind: 'Deployment' | 'StatefulSet', annotations: object): Promise<unknown> {
  const path = `/apis/apps/v1/namespaces/during/${kind.toLowerCase()}s/${nameOf(kind)}`;
  return cluster.api('PATCH', path, { metadata: { annotations } });
}

/** @param not the uid of a pod that was deleted. */
function podOf(namespace: string, kind: WorkloadKind, not?: string, name = nameOf(kind)): Promise<StoredPod> {
  return cluster.waitFor(`a pod of ${kind} ${namespace}/${name}`, async () => {
    const { items } = await cluster.api<{ items: StoredPod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
    return items.find(
      ({ metadata }) => metadata.name.startsWith(`${name}-`) && metadata.uid !== not && !metadata['deletionTimestamp'],
    );
  });
}

function dryRun({ metadata, ...rest }: ReturnType<typeof pod>): Promise<StoredPod> {
  return cluster.api('POST', `/api/v1/namespaces/${metadata.namespace}/pods?dryRun=All`, { metadata, ...rest });
}

/** The status of the pod and the name of its role. */
function summary(stored: StoredPod): string {
  return `${stored.metadata.annotations?.[INJECTED]} ${roleOf(stored)?.split('/').at(-1)}`;
}

/** The additions of cwii. */
function identity({ metadata, spec }: StoredPod): object {
  const isOurs = ({ name }: { name: string }) => name.startsWith('cwii-');
  return {
    annotations: metadata.annotations,
    env: spec.containers.map(({ env }) => env),
    mounts: spec.containers.map(({ volumeMounts }) => volumeMounts?.filter(isOurs)),
    volumes: spec.volumes?.filter(isOurs),
  };
}
