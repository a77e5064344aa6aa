// The verify container in a namespace that enforces Pod Security "restricted".

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Annotations, pod, roleAnnotation, roleArn } from './manifests.ts';
import { apiTokenDirectory, containerOf, envOf, roleOf, type StoredPod, volumeAt } from './stored-pod.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const check = 'aws sts get-caller-identity';
const verifier = 'cwii-aws-verify';
const verify = { 'cwii.dev/aws-verify': 'true' };
const enforce = { ...verify, 'cwii.dev/aws-verify-enforce': 'true' };

/** A workload that Pod Security "restricted" admits. */
const compliant = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'app',
      image: 'registry.example/app',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

describe('the verify container in a restricted namespace', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startTestCluster();
    await cluster.addWebhook();
    await cluster.addNamespace('strict', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } });
  });
  afterAll(() => cluster?.stop());

  it('only logs a failed check in the mode verify', async () => {
    const stored = await create('non-blocking', verify);
    const [shell, option, script] = containerOf(stored, verifier).command ?? [];

    expect([shell, option]).toEqual(['sh', '-c']);
    expect(script).toMatch(new RegExp(`^${check}[^|]* \\|\\| echo ".+" >&2$`));
  });

  it('fails with the check in the mode verify-enforce', async () => {
    const stored = await create('blocking', enforce);
    const [shell, option, script] = containerOf(stored, verifier).command ?? [];

    expect([shell, option]).toEqual(['sh', '-c']);
    expect(script).toMatch(new RegExp(`^${check}[^|;&]*$`));
  });

  it.each([
    ['verify', verify],
    ['verify-enforce', enforce],
  ])('has the identity that it verifies, and no API token, in the mode %s', async (mode, annotations) => {
    const stored = await create(`guest-${mode}`, annotations);
    expect(roleOf(stored, verifier)).toBe(roleArn('strict'));
    expect(envOf(stored, verifier)['AWS_REGION']).toBe('eu-central-1');
    // The ServiceAccount plugin runs again after the webhook and mounts the API token into the app only.
    expect(volumeAt(stored, apiTokenDirectory)?.projected?.sources[0]).toHaveProperty('serviceAccountToken');
    expect(volumeAt(stored, apiTokenDirectory, verifier)).toHaveProperty('emptyDir');
  });

  it('runs as the user of the pod, so that the kubelet keeps the token files private to that user', async () => {
    const stored = await create('shared-user', verify);
    expect(containerOf(stored, verifier)['securityContext']).toMatchObject({ runAsUser: 1000, runAsNonRoot: true });
  });

  it('comes after the last native sidecar, because it may need its network', async () => {
    const [app] = compliant.containers;
    const stored = await create('meshed', verify, {
      initContainers: [
        { ...app, name: 'set-up' },
        { ...app, name: 'proxy', restartPolicy: 'Always' },
        { ...app, name: 'migrate' },
      ],
    });
    const names = stored.spec.initContainers?.map(({ name }) => name);

    expect(names).toEqual(['set-up', 'proxy', verifier, 'migrate']);
    for (const name of ['set-up', 'proxy', 'migrate']) expect(roleOf(stored, name)).toBe(roleArn('strict'));
  });

  it('is not added again on a second admission', async () => {
    const { metadata, spec } = await create('passed-once', enforce);
    const { namespace, annotations } = metadata;
    const again = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: 'passed-twice', annotations }, spec };
    const created = await cluster.kubectlCreate(again);

    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect(created.stored().spec).toEqual(spec);
  });

  it('is not among the violations if Pod Security refuses the pod', async () => {
    const careless = pod('strict', 'careless', { annotations: { ...roleAnnotation('strict'), ...verify } });
    const refused = await cluster.kubectlCreate(careless);

    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('violates PodSecurity "restricted:latest"');
    expect(refused.stderr).toContain('"app"');
    expect(refused.stderr).not.toContain(verifier);
  });

  function create(name: string, annotations: Annotations, fields: object = {}): Promise<StoredPod> {
    const all = { ...roleAnnotation('strict'), 'cwii.dev/aws-region': 'eu-central-1', ...annotations };
    return cluster.create(pod('strict', name, { annotations: all, ...compliant, ...fields }));
  }
});
