// `cwii manifests --static` on a real API server: the webhook and a policy as files of the API server.
//
// 1.37 reads them by default. 1.36 needs the feature gate, and older versions ignore the configuration.

import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';
import { reservePort } from '../../testing/ports.ts';
import { pod, roleAnnotation, serviceAccount } from './manifests.ts';
import { applyStep, makeManifests, servedSettings, serveManifests, useControlPlaneFiles } from './manifests-in-use.ts';
import { roleOf, type StoredPod } from './stored-pod.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const minor = kubernetesMinor();
const gate = minor < versionNeeds.static.minor ? ['--feature-gates=ManifestBasedAdmissionControlConfig=true'] : [];

let guardian: Guardian;
let folder: string;
let cluster: ControlPlane;
let webhook: WebhookUnderTest;
let flags: readonly string[];
/** The files on the node. */
let webhookFile: string;
let policyFile: string;

beforeAll(async () => {
  guardian = createGuardian();
  folder = guardian.directory;
  const authority = await createTestAuthority();
  const certificate = await authority.issue();
  const port = await reservePort();
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  cluster = await startControlPlane();
  const out = await makeManifests(folder, {
    cluster,
    credential: { secret: {} },
    args: [
      ...['--static', '--require', '--url', `https://127.0.0.1:${port.port}`],
      ...['--webhook-ca', await file('webhook-ca.crt', authority.certPem)],
    ],
    // With the gate, 1.36 reads them too.
    entry: { kubernetesVersion: `1.${versionNeeds.static.minor}`, issuerHosting: undefined },
  });
  flags = [...(await useControlPlaneFiles(folder, out)), ...gate];
  webhookFile = join(folder, 'on-the-node', 'static-webhooks', 'webhook.yaml');
  policyFile = join(folder, 'on-the-node', 'static-policies', 'policies.yaml');
  await applyStep(cluster, out, '1-access');
  const token = await cluster.serviceAccountToken('cwii-system', 'cwii-reader');
  webhook = await serveManifests({ port, certificate, guardian, cluster, token, env: servedSettings });
  await cluster.createNamespace('chosen', { 'cwii.dev/inject': 'enabled' });
  await create(serviceAccount('chosen', 'my-app', roleAnnotation('account')));
});
afterAll(async () => {
  await webhook?.stop();
  await cluster?.stop();
  await guardian?.release();
});

if (minor < 36) describe('an API server that does not know static manifests', olderServer);
if (minor === 36) describe('an API server without the feature gate', withoutGate);

/** 1.36 has it behind its gate. */
if (minor >= 36) {
  describe('static manifests', whileRunning);
  describe('a broken file', atStart);
  describe('the static policy, while the webhook is disabled', withoutWebhook);
}

function olderServer() {
  it('ignores them without a word, so that nobody calls the webhook', async () => {
    await cluster.restartApiServer([cluster.signingKey], flags.filter(isAdmission));

    expect(roleOf(await createPod('ignored'))).toBeUndefined();
    expect(webhook.calls).toBe(0);
    expect(cluster.log('kube-apiserver')).not.toContain('staticManifestsDir');
  });
}

function withoutGate() {
  it('does not start with static manifests, and names the gate', async () => {
    const start = startControlPlane({ apiServerFlags: flags.filter(isAdmission) });

    await expect(start).rejects.toThrow(/staticManifestsDir requires the ManifestBasedAdmissionControlConfig/);
  });
}

function whileRunning() {
  it('apply from the first request', async () => {
    await cluster.restartApiServer([cluster.signingKey], flags);

    expect(roleOf(await createPod('first'))).toContain('account');
    expect(webhook.calls).toBe(1);
  });

  it('are not in the API, which cannot delete or add them', async () => {
    const { stdout } = await cluster.kubectl(['get', 'mutatingwebhookconfigurations,validatingadmissionpolicies']);
    const removal = await cluster.kubectl(['delete', 'mutatingwebhookconfigurations', 'cwii.static.k8s.io']);
    const addition = await cluster.kubectl(
      ['create', '-f', '-'],
      (await readFile(webhookFile, 'utf8')).replace('cwii.static', 'other.static'),
    );

    expect(stdout).toBe('');
    expect(removal.stderr).toContain('"cwii.static.k8s.io" not found');
    expect(addition.stderr).toMatch(/other\.static\.k8s\.io.*static/);
  });

  it('are counted by name and content in the metrics', async () => {
    const metrics = await cluster.api<string>('GET', '/metrics');

    expect(metrics).toMatch(/apiserver_admission_webhook_request_total\{.*name="pods.cwii.dev"/);
    expect(loadedHash(metrics)).toBe(await fileHash());
  });

  it('beside the object change nothing more: the second call finds its own work', async () => {
    const text = await readFile(webhookFile, 'utf8');
    await cluster.apply(text.replace('name: cwii.static.k8s.io', 'name: cwii'));
    const alone = await createPod('alone');
    const both = await cluster.waitFor('the webhook to be called twice for a pod', async () => {
      const before = webhook.calls;
      const stored = await createPod(`both-${before}`);
      return webhook.calls - before >= 2 && stored;
    });
    await cluster.kubectl(['delete', 'mutatingwebhookconfigurations', 'cwii']);

    expect(identityOf(both)).toEqual(identityOf(alone));
  });

  it('are replaced by a rename, without a restart', async () => {
    const before = await readFile(webhookFile, 'utf8');
    await replace(webhookFile, before.replaceAll('cwii.dev/inject: enabled', 'cwii.dev/inject: elsewhere'));

    await cluster.waitFor('pods of the namespace to be left alone', async () => roleOf(await dryRun()) === undefined);
    await replace(webhookFile, before);
    await cluster.waitFor('pods of the namespace to get their identity', async () => roleOf(await dryRun()));
  });

  it('stay in effect if a changed file is invalid, which is counted', async () => {
    const before = await readFile(webhookFile, 'utf8');
    await replace(webhookFile, before.replace('.static.k8s.io', '.example.com'));

    await cluster.waitFor('the failed reload to be counted', async () =>
      /automatic_reloads_total\{.*plugin="MutatingAdmissionWebhook",status="failure"\} [1-9]/.test(
        await cluster.api<string>('GET', '/metrics'),
      ),
    );
    expect(roleOf(await createPod('while-invalid'))).toContain('account');
    expect(cluster.log('kube-apiserver')).toContain('reloading admission manifest config');

    await replace(webhookFile, before);
  });
}

function atStart() {
  it.for<[string, (text: string) => string, RegExp]>([
    [
      'with another name',
      (text) => text.replace('.static.k8s.io', ''),
      /webhook\.yaml\W+ must have a name ending with \W+\.static\.k8s\.io/,
    ],
    ['with an unknown field', (text) => `${text}nonsense: 1\n`, /error loading .*webhook\.yaml.*nonsense/],
  ])('%s stops the start of the API server, and its log names the file', async ([, breakIt, message]) => {
    const before = await readFile(webhookFile, 'utf8');
    await replace(webhookFile, breakIt(before));

    await expect(
      startControlPlane({ apiServerFlags: flags.filter((flag) => isAdmission(flag) || gate.includes(flag)) }),
    ).rejects.toThrow(message);

    await replace(webhookFile, before);
  });
}

function withoutWebhook() {
  beforeAll(async () => {
    await rename(webhookFile, `${webhookFile}.off`);
    await cluster.restartApiServer([cluster.signingKey], flags);
  });

  it('rejects a pod that requests an identity itself', async () => {
    const refused = createPod('own', { annotations: roleAnnotation('pod') });

    await expect(refused).rejects.toThrow(/cwii-require\.static\.k8s\.io.*requests an identity of AWS/s);
  });

  it('does not see the request of a ServiceAccount, which the object of the API sees', async () => {
    expect(roleOf(await createPod('by-account'))).toBeUndefined();
  });

  it('is gone with its file, without a restart', async () => {
    await rename(policyFile, `${policyFile}.off`);

    await cluster.waitFor('the pod to be admitted', () =>
      createPod('own-again', { annotations: roleAnnotation('pod') }).catch(() => undefined),
    );
  });
}

const isAdmission = (flag: string) => flag.startsWith('--admission-control-config-file=');

function create({ apiVersion, kind, ...manifest }: ReturnType<typeof pod>): Promise<StoredPod> {
  const path = `/api/${apiVersion}/namespaces/${manifest.metadata.namespace}/${kind.toLowerCase()}s`;
  return cluster.api('POST', path, { apiVersion, kind, ...manifest });
}

function createPod(name: string, options: Parameters<typeof pod>[2] = { serviceAccountName: 'my-app' }) {
  return create(pod('chosen', name, options));
}

function dryRun(): Promise<StoredPod> {
  const { metadata, spec } = pod('chosen', 'probe', { serviceAccountName: 'my-app' });
  return cluster.api('POST', '/api/v1/namespaces/chosen/pods?dryRun=All', { metadata, spec });
}

/** As a tool on the node writes it. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function fileHash(): Promise<string> {
  return `sha256:${createHash('sha256')
    .update(await readFile(webhookFile))
    .update('\0')
    .digest('hex')}`;
}

function loadedHash(metrics: string): string | undefined {
  return /last_config_info\{.*hash="(sha256:\w+)",plugin="MutatingAdmissionWebhook"\} 1/.exec(metrics)?.[1];
}

/** The additions of cwii. */
function identityOf({ metadata, spec }: StoredPod) {
  const isOurs = ({ name }: { name: string }) => name.startsWith('cwii-');
  return {
    annotations: metadata.annotations,
    env: spec.containers.map(({ env }) => env),
    mounts: spec.containers.map(({ volumeMounts }) => volumeMounts?.filter(isOurs)),
    volumes: spec.volumes?.filter(isOurs),
  };
}
