// Knows what the other cluster tests may rely on: that the control plane is a real one and its clean-up complete.
import { spawn } from 'node:child_process';
import { verify } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../testing/certificates.ts';
import { ApiError } from '../../testing/cluster/client.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { waitFor } from '../../testing/wait-for.ts';

interface Pod {
  readonly metadata: { readonly name: string; readonly ownerReferences?: readonly { readonly kind: string }[] };
  readonly status: { readonly phase: string };
}

describe('the control plane', { timeout: 30_000 }, () => {
  let cluster: ControlPlane;
  let webhook: Server;
  let webhookHost: string;
  const webhookCalls: (string | undefined)[] = [];

  beforeAll(async () => {
    const authority = await createTestAuthority();
    const certificate = await authority.issue();
    webhook = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (call, answer) => {
      let body = '';
      call.on('data', (chunk) => {
        body += chunk;
      });
      call.on('end', () => {
        webhookCalls.push(call.headers.authorization);
        const { apiVersion, kind, request: review } = JSON.parse(body);
        const response = { uid: review.uid, allowed: true, warnings: ['seen'], auditAnnotations: { outcome: 'seen' } };
        answer.setHeader('content-type', 'application/json').end(JSON.stringify({ apiVersion, kind, response }));
      });
    });
    webhookHost = `127.0.0.1:${await listening(webhook)}`;
    cluster = await startControlPlane({
      auditLog: true,
      trustedCaPem: authority.certPem,
      webhookCallers: { [webhookHost]: 'the-caller-token' },
    });
    // The first run on a machine builds the control plane.
  }, 15 * 60_000);
  afterAll(async () => {
    await cluster?.stop();
    webhook?.close();
  });

  it('makes ReplicaSet and Pod of a Deployment, and the Pod stays Pending for want of a node', async () => {
    await cluster.apply(deployment('default', 'web'));
    const [pod] = await cluster.waitFor('the pod of deployment web', () => podsOf('default', 'web'));
    expect(pod?.status.phase).toBe('Pending');
    expect(pod?.metadata.ownerReferences?.map(({ kind }) => kind)).toEqual(['ReplicaSet']);
  });

  it('enforces the Pod Security Standard that a namespace asks for', async () => {
    await cluster.createNamespace('strict', { 'pod-security.kubernetes.io/enforce': 'restricted' });
    const result = await cluster.kubectl(['apply', '-f', '-'], barePod('strict', 'careless'));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('violates PodSecurity "restricted:latest"');
  });

  it('mints ServiceAccount tokens with the audience, lifetime and issuer asked for', async () => {
    const token = await cluster.serviceAccountToken('default', 'default', { audiences: ['sts.example'], seconds: 900 });
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(claims).toMatchObject({
      iss: cluster.issuer,
      aud: ['sts.example'],
      sub: 'system:serviceaccount:default:default',
    });
    expect(claims.exp - claims.iat).toBe(900);
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, cluster.signingPublicKeyPem, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('calls a webhook with its token, and shows the warning to kubectl and the annotation in the audit log', async () => {
    await cluster.createNamespace('hooked');
    await cluster.api('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'seen' },
      webhooks: [
        {
          name: 'seen.cwii.dev',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: { url: `https://${webhookHost}/mutate` },
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'hooked' } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
      ],
    });
    const applied = await cluster.waitFor('the webhook to be called', async () => {
      const result = await cluster.apply(barePod('hooked', `pod-${Date.now()}`));
      return webhookCalls.length > 0 && result;
    });
    expect(applied.stderr).toContain('Warning: seen');
    expect(new Set(webhookCalls)).toEqual(new Set(['Bearer the-caller-token']));
    const annotated = (await cluster.auditEvents()).filter((event) => event.annotations?.['seen.cwii.dev/outcome']);
    expect(annotated.map((event) => event.user.username)).toEqual(['admin']);
  });

  it('throws the API server’s own words, with the status', async () => {
    const missing = cluster.api('GET', '/api/v1/namespaces/default/pods/none');
    await expect(missing).rejects.toThrow('GET /api/v1/namespaces/default/pods/none: 404 pods "none" not found');
    await expect(missing).rejects.toBeInstanceOf(ApiError);
  });

  it('shows the log of a program that dies at its start', async () => {
    const start = startControlPlane({ apiServerFlags: ['--no-such-flag'] });
    await expect(start).rejects.toThrow(/kube-apiserver ended with code 1.*unknown flag: --no-such-flag/s);
  });

  it('leaves neither files nor listeners after stop', async () => {
    const other = await startControlPlane();
    await other.stop();
    expect(existsSync(dirname(other.kubeconfigPath))).toBe(false);
    await expect(other.api('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
  });

  it('leaves neither processes nor files when the test process is killed', async () => {
    const guardianUrl = new URL('../../testing/guardian.ts', import.meta.url).href;
    const doomed = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { spawn } from 'node:child_process';
       const { createGuardian } = await import('${guardianUrl}');
       const guardian = createGuardian();
       const { pid } = spawn('sleep', ['60'], { stdio: 'ignore' });
       guardian.watch(pid);
       console.log(JSON.stringify({ pid, directory: guardian.directory }));
       setInterval(() => {}, 1000);`,
    ]);
    const line = await new Promise<string>((resolve) => doomed.stdout.once('data', (data) => resolve(String(data))));
    const { pid, directory } = JSON.parse(line) as { pid: number; directory: string };
    expect(isAlive(pid)).toBe(true);
    doomed.kill('SIGKILL');
    await waitFor('process and directory to be gone', () => !isAlive(pid) && !existsSync(directory));
  });

  async function podsOf(namespace: string, app: string): Promise<readonly Pod[] | false> {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`;
    const { items } = await cluster.api<{ items: readonly Pod[] }>('GET', path);
    return items.length > 0 && items;
  }
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function barePod(namespace: string, name: string): string {
  return `
apiVersion: v1
kind: Pod
metadata: { namespace: ${namespace}, name: ${name} }
spec:
  containers: [{ name: main, image: registry.example/app }]
`;
}

function deployment(namespace: string, name: string): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { namespace: ${namespace}, name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: main, image: registry.example/app }]
`;
}
