// The Deployment of `cwii serve` in docs/serving.md on a real API server, under Pod Security "restricted".

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { packageFile } from '../../lib/common/package-root.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { run } from '../../testing/run.ts';
import { readExample } from './test-cluster.ts';

describe('the Deployment of cwii serve', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startControlPlane();
    await cluster.apply(await readExample('cluster/rbac.yaml'));
    const label = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    };
    await cluster.api('PATCH', '/api/v1/namespaces/cwii-serve', { metadata: { labels: label } });
  });
  afterAll(() => cluster?.stop());

  it('is accepted with its Service and its disruption budget, without a warning', async () => {
    const command = ['apply', '--dry-run=server', '-f', '-'];
    const { code, stdout, stderr } = await cluster.kubectl(command, await readExample('cluster/serve.yaml'));

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toHaveLength(3);
  });

  it('has pods that Pod Security "restricted" admits', async () => {
    const [deployment] = parseAllDocuments(await readExample('cluster/serve.yaml')).map((document) => document.toJS());
    const { metadata, spec } = deployment.spec.template;
    const pod = { metadata: { ...metadata, name: 'cwii-serve' }, spec };

    const created = await cluster.api<typeof deployment>('POST', '/api/v1/namespaces/cwii-serve/pods?dryRun=All', pod);

    const volumes = created.spec.volumes.map(({ name }: { name: string }) => name);
    expect(volumes).toEqual(['tls', 'token']);
  });

  it('is the service of every webhook in the configuration that the guide makes', async () => {
    const guide = readFileSync(packageFile('docs', 'serving.md'), 'utf8');
    const command = /^sed -e 's#url: [\s\S]*?examples\/cluster\/webhook\.yaml/m.exec(guide)?.[0];
    const folder = mkdtempSync(join(tmpdir(), 'cwii-guide-'));
    try {
      writeFileSync(join(folder, 'tls.crt'), cluster.caPem);
      const script = (command ?? 'false').replace('examples/', `${packageFile('examples')}/`);
      const { code, stdout } = await run(['sh', '-c', `cd "$FOLDER" && ${script}`], {
        env: { PATH: process.env['PATH'], FOLDER: folder },
      });
      expect(code).toBe(0);
      const applied = await cluster.kubectl(['apply', '--dry-run=server', '-o', 'json', '-f', '-'], stdout);
      expect(applied).toMatchObject({ code: 0, stderr: '' });
      const { webhooks } = JSON.parse(applied.stdout) as { webhooks: readonly Webhook[] };
      expect(webhooks.length).toBeGreaterThan(2);
      for (const { clientConfig, namespaceSelector } of webhooks) {
        expect(clientConfig).toMatchObject({
          service: { namespace: 'cwii-serve', name: 'cwii-serve', path: '/mutate', port: 443 },
          caBundle: Buffer.from(cluster.caPem).toString('base64'),
        });
        expect(namespaceSelector.matchExpressions[0]?.values).toContain('cwii-serve');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

interface Webhook {
  readonly clientConfig: object;
  readonly namespaceSelector: { readonly matchExpressions: readonly { readonly values?: readonly string[] }[] };
}
