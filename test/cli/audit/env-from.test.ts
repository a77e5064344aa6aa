// `cwii audit` and credentials that containers get from ConfigMaps and Secrets with `envFrom`.

import { describe, expect, it } from 'vitest';
import { auditSchema } from '../../../cli/audit/report.ts';
import type { Manifest } from '../../../cli/preview/manifest-reader.ts';
import { cwii } from '../command.ts';
import { admitted, asks, deployment, namespace, type PodOptions, pod, serviceAccount, textOf } from './objects.ts';

const checkout = serviceAccount('checkout', { annotations: asks('checkout') });

function object(kind: 'ConfigMap' | 'Secret', name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, data };
}

const container = (...envFrom: readonly object[]): PodOptions => ({
  containers: [{ name: 'app', image: 'app', envFrom }],
});

/** The workload whose running pod was admitted with its identity. */
async function auditOne(options: PodOptions, objects: readonly Manifest[], account = checkout) {
  const cluster = [namespace(), account, ...deployment(options)];
  const running = await admitted(pod('one', options), cluster);
  const stdin = textOf([...cluster, ...objects, running]);
  const { stdout, stderr } = await cwii(['audit', '-f', '-', '-o', 'json'], { stdin });
  const { workloads, unread } = auditSchema.parse(JSON.parse(stdout));
  const [{ state, reasons, findings } = expect.fail()] = workloads;
  return { state, reasons, findings, unread, stderr };
}

const legacy = { configMapRef: { name: 'legacy' } };

describe('a workload with envFrom', () => {
  it('is broken if a ConfigMap sets static keys', async () => {
    const data = { AWS_ACCESS_KEY_ID: 'a-value-that-is-not-shown', LOG_LEVEL: 'debug' };
    const found = await auditOne(container(legacy), [object('ConfigMap', 'legacy', data)]);

    expect(found).toMatchObject({ state: 'broken', unread: [], stderr: '' });
    expect(found.reasons).toEqual([
      {
        code: 'aws-static-keys',
        cause:
          'AWS_ACCESS_KEY_ID on the pod: container app sets static keys, which the SDKs prefer to the injected identity (from ConfigMap shop/legacy)',
        remedy:
          'remove the key from the object, or the object from envFrom of the container; then create the pod again',
      },
    ]);
    expect(JSON.stringify(found)).not.toContain('a-value-that-is-not-shown');
  });

  it('is broken if a prefix completes the name of the variable', async () => {
    const options = container({ prefix: 'AWS_', secretRef: { name: 'legacy' } });
    const found = await auditOne(options, [object('Secret', 'legacy', { ACCESS_KEY_ID: 'eA==' })]);

    expect(found.state).toBe('broken');
    expect(found.reasons[0]?.cause).toContain('AWS_ACCESS_KEY_ID');
    expect(found.reasons[0]?.cause).toContain('(from Secret shop/legacy)');
  });

  it('is broken if two ConfigMaps together complete a credential', async () => {
    const azure = serviceAccount('checkout', {
      annotations: {
        'cwii.dev/az-client-id': '11111111-2222-3333-4444-555555555555',
        'cwii.dev/az-tenant-id': '99999999-8888-7777-6666-555555555555',
      },
    });
    const options = container({ configMapRef: { name: 'user' } }, { configMapRef: { name: 'password' } });
    const objects = [
      object('ConfigMap', 'user', { AZURE_USERNAME: 'x' }),
      object('ConfigMap', 'password', { AZURE_PASSWORD: 'x' }),
    ];

    expect(await auditOne(options, objects, azure)).toMatchObject({ state: 'broken' });
    expect(await auditOne(options, [objects[0] as Manifest], azure)).toMatchObject({ state: 'ok' });
  });

  it('is ok if env sets the variable itself, or the prefix makes it another one', async () => {
    const data = { AWS_ACCESS_KEY_ID: 'x', AWS_ROLE_ARN: 'x' };
    const objects = [object('ConfigMap', 'legacy', data)];

    expect(await auditOne(container({ prefix: 'OLD_', ...legacy }), objects)).toMatchObject({ state: 'ok' });
    const env = [{ name: 'AWS_ACCESS_KEY_ID', value: '' }];
    const empty = { containers: [{ name: 'app', image: 'app', env, envFrom: [legacy] }] };
    expect(await auditOne(empty, objects)).toMatchObject({ state: 'ok' });
  });

  it('has a finding for a credential that only some SDKs prefer', async () => {
    const found = await auditOne(container(legacy), [object('ConfigMap', 'legacy', { AWS_PROFILE: 'x' })]);

    expect(found.state).toBe('ok');
    expect(found.findings).toEqual([
      expect.objectContaining({ code: 'other-credential', cause: expect.stringContaining('(from ConfigMap shop/leg') }),
    ]);
  });

  it('says which objects it does not know', async () => {
    const options = container(legacy, { secretRef: { name: 'secret' } });
    const line =
      'static keys in ConfigMap shop/legacy and 1 more, which containers use with envFrom, are not known; pass them too: kubectl get configmap -A -o json';

    expect(await auditOne(options, [])).toMatchObject({
      state: 'ok',
      unread: [line],
      stderr: `cwii: warning: ${line} [audit-incomplete]\n`,
    });
  });

  it('is not examined if it asks for no identity', async () => {
    const found = await auditOne(container(legacy), [], serviceAccount('checkout'));

    expect(found).toMatchObject({ state: 'not-asking', unread: [] });
  });
});
