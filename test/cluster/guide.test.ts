// The pod of docs/aws.md: what is stored, its token, and what kubectl shows for wrong annotations.

import { execFile } from 'node:child_process';
import { verify } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pod, roleAnnotation, serviceAccount, workload } from './manifests.ts';
import {
  apiTokenDirectory,
  asNew,
  containerOf,
  roleOf,
  type StoredContainer,
  type StoredPod,
  tokenDirectory,
  volumeAt,
} from './stored-pod.ts';
import { calledByLabel, startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const guidePod = `${root}examples/guide-pod.yaml`;

/** As docs/aws.md shows the pod after its admission; defaultMode is the API server's default. */
const guideVolume = {
  name: 'cwii-aws-token',
  projected: {
    defaultMode: 0o644,
    sources: [{ serviceAccountToken: { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 } }],
  },
};
const guideEnv = [
  { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::123456789012:role/cwii-my-app' },
  { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/aws/token' },
  { name: 'AWS_REGION', value: 'us-east-1' },
  { name: 'AWS_ROLE_SESSION_NAME', value: 'aws-demo' },
];
const guideMount = { name: 'cwii-aws-token', mountPath: '/var/run/secrets/cwii.dev/aws', readOnly: true };

let cluster: TestCluster;
let webhook: WebhookUnderTest;
beforeAll(async () => {
  cluster = await startTestCluster();
  webhook = await cluster.addWebhook();
});
afterAll(() => cluster?.stop());

describe("the guide's pod", () => {
  let stored: StoredPod;
  beforeAll(async () => {
    await cluster.api('PATCH', '/api/v1/namespaces/default', { metadata: { labels: { [calledByLabel('cwii')]: '' } } });
    await cluster.create(serviceAccount('default', 'my-app'));
    const created = await cluster.kubectl(['create', '-f', guidePod, '-o', 'json']);
    expect(created).toMatchObject({ code: 0, stderr: '' });
    stored = JSON.parse(created.stdout) as StoredPod;
  });

  it('is stored as the guide shows it, plus the API token that the API server adds', () => {
    const apiToken = volumeAt(stored, apiTokenDirectory);
    expect(apiToken?.name).toMatch(/^kube-api-access-/);
    expect(stored.spec.volumes?.filter((volume) => volume !== apiToken)).toEqual([guideVolume]);
    const app = containerOf(stored);
    expect(app).toMatchObject({ name: 'app', image: 'amazon/aws-cli:latest', command: ['sleep', 'infinity'] });
    expect(app.env).toEqual(guideEnv);
    expect(mountsExcept(app, apiTokenDirectory)).toEqual([guideMount]);
    expect(stored.spec.initContainers).toBeUndefined();
    expect(stored.spec.serviceAccountName).toBe('my-app');
    expect(stored.metadata.annotations).toEqual({
      'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/cwii-my-app',
      'cwii.dev/aws-region': 'us-east-1',
      'cwii.dev/aws-role-session-name': 'aws-demo',
      'cwii.dev/injected': 'aws',
    });
  });

  it("gets a token that the guide's trust policy accepts", async () => {
    const source = volumeAt(stored, tokenDirectory)?.projected?.sources[0]?.serviceAccountToken;
    const token = await cluster.serviceAccountToken('default', stored.spec.serviceAccountName ?? '', {
      audiences: [source?.audience ?? ''],
      seconds: source?.expirationSeconds ?? 0,
    });
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(claims).toMatchObject({
      iss: 'https://oidc.example.com/my-cluster',
      aud: ['sts.amazonaws.com'],
      sub: 'system:serviceaccount:default:my-app',
    });
    expect(claims.exp - claims.iat).toBe(3600);
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, cluster.signingPublicKeyPem, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('looks the same in `cwii preview`', async () => {
    const preview = await promisify(execFile)(process.execPath, [`${root}cli/main.ts`, 'preview', '-f', guidePod], {
      env: { PATH: process.env.PATH },
    });
    const shown = parse(preview.stdout) as StoredPod;
    const app = containerOf(shown);

    expect(app.env).toEqual(containerOf(stored).env);
    expect(app.volumeMounts).toEqual(mountsExcept(containerOf(stored), apiTokenDirectory));
    expect(guideVolume).toMatchObject(shown.spec.volumes?.[0] ?? {});
    expect(shown.metadata.annotations).toEqual(stored.metadata.annotations);
  });

  it('has its identity in a server-side dry-run, which stores nothing', async () => {
    await cluster.addNamespace('dry-run');
    await cluster.create(serviceAccount('dry-run', 'my-app'));
    const manifest = JSON.stringify(
      pod('dry-run', 'tried', { annotations: roleAnnotation('tried'), serviceAccountName: 'my-app' }),
    );
    const tried = await cluster.kubectl(['apply', '--dry-run=server', '-o', 'yaml', '-f', '-'], manifest);

    expect(tried).toMatchObject({ code: 0, stderr: '' });
    expect(roleOf(parse(tried.stdout) as StoredPod)).toBe('arn:aws:iam::123456789012:role/tried');
    expect((await webhook.logged('dry-run'))[0]).toMatchObject({ dryRun: true, providers: ['aws'] });
    await expect(cluster.api('GET', '/api/v1/namespaces/dry-run/pods/tried')).rejects.toThrow('404');
  });

  it('stays unchanged on a second admission, without a warning', async () => {
    await cluster.addNamespace('second-pass');
    await cluster.create(serviceAccount('second-pass', 'my-app'));
    const first = { ...stored, metadata: { ...stored.metadata, namespace: 'second-pass' } };
    const again = await cluster.kubectlCreate(asNew(first.metadata.name, first));
    expect(again).toMatchObject({ code: 0, stderr: '' });
    const second = again.stored();
    expect(second.spec).toEqual(stored.spec);
    expect(second.metadata.annotations).toEqual(stored.metadata.annotations);
    expect((await webhook.logged('second-pass'))[0]).not.toHaveProperty('findings');
  });

  it('is marked as injected in the audit log', async () => {
    const created = (await cluster.auditEvents()).find(
      ({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'aws-demo' && objectRef.namespace === 'default',
    );
    expect(created?.annotations).toMatchObject({
      'cwii.cwii.test/outcome': 'injected',
      'cwii.cwii.test/providers': 'aws',
    });
  });
});

describe('an annotation with an error', () => {
  const malformed = { 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:user/my-app' };
  const reason = '"arn:aws:iam::123456789012:user/my-app" on %: not the ARN of an IAM role';

  it('makes kubectl warn about a misspelt key and suggest the nearest one', async () => {
    await cluster.addNamespace('misspelt');
    const annotations = { ...roleAnnotation('app'), 'cwii.dev/aws-regoin': 'us-east-1' };
    const created = await cluster.kubectlCreate(pod('misspelt', 'app', { annotations }));

    expect(created).toMatchObject({
      code: 0,
      stderr:
        'Warning: cwii.dev/aws-regoin "us-east-1" on Pod misspelt/app: unknown annotation without effect (did you mean cwii.dev/aws-region?); correct or remove the key (docs/annotations.md lists all keys)\n',
    });
    expect((await webhook.logged('misspelt'))[0].findings).toEqual(['annotation-unknown']);
  });

  it('such as a malformed role refuses the pod, and kubectl shows the right format', async () => {
    await cluster.addNamespace('malformed');
    const { code, stderr } = await cluster.kubectlCreate(pod('malformed', 'app', { annotations: malformed }));
    expect(code).toBe(1);
    expect(stderr).toContain(
      `denied the request: cwii: cwii.dev/aws-role-arn ${reason.replace('%', 'Pod malformed/app')}`,
    );
    expect(stderr).toContain('write arn:aws:iam::<12-digit account>:role/<name>');
    const [line] = await webhook.logged('malformed');
    expect(line).toMatchObject({ outcome: 'denied', findings: ['aws-role-arn-invalid'] });
  });

  it('on a workload refuses its pods, and the event has the reason', async () => {
    await cluster.addNamespace('malformed-owner');
    await cluster.create(workload('Deployment', 'malformed-owner', 'web', { annotations: malformed }));
    expect(await cluster.refusalIn('malformed-owner')).toContain(reason.replace('%', 'Deployment malformed-owner/web'));
  });

  it('on a namespace refuses no pod: pods start without an identity, and kubectl warns', async () => {
    await cluster.addNamespace('malformed-namespace', { annotations: malformed });
    const created = await cluster.kubectlCreate(pod('malformed-namespace', 'app'));

    expect(roleOf(created.stored())).toBeUndefined();
    expect(created.stderr).toContain(
      `Warning: cwii.dev/aws-role-arn ${reason.replace('%', 'Namespace malformed-namespace')}`,
    );
  });
});

function mountsExcept({ volumeMounts }: StoredContainer, mountPath: string): StoredContainer['volumeMounts'] {
  return volumeMounts?.filter((mount) => mount.mountPath !== mountPath);
}
