// Services in `cwii audit`: what workloads ask for, have, lack, and had before.

import { describe, expect, it } from 'vitest';
import { type AuditReport, auditSchema } from '../../../cli/audit/report.ts';
import type { Manifest } from '../../../cli/preview/manifest-reader.ts';
import { serviceAnnotations } from '../../sdk/trust.ts';
import { cwii } from '../command.ts';
import { admitted, asks, deployment, namespace, pod, serviceAccount, textOf } from './objects.ts';

const audit = async (objects: readonly Manifest[]): Promise<AuditReport> => {
  const { stdout, stderr } = await cwii(['audit', '-f', '-', '-o', 'json'], {
    stdin: textOf(objects),
  });
  expect(stderr).toBe('');
  return auditSchema.parse(JSON.parse(stdout));
};
const auditOne = async (objects: readonly Manifest[]) => {
  const { workloads } = await audit(objects);
  expect(workloads).toHaveLength(1);
  return workloads[0] ?? expect.fail();
};

const names = Object.keys(serviceAnnotations) as (keyof typeof serviceAnnotations)[];
/** Another identity of each service. */
const changes: Readonly<Record<(typeof names)[number], Readonly<Record<string, string>>>> = {
  alibaba: { 'cwii.dev/alibaba-role-arn': 'acs:ram::1234567890123456:role/other' },
  anthropic: { 'cwii.dev/anthropic-federation-rule-id': 'fdrl_other' },
  databricks: { 'cwii.dev/databricks-host': 'https://other.cloud.databricks.com' },
  hcp: {
    'cwii.dev/hcp-provider': serviceAnnotations.hcp['cwii.dev/hcp-provider'].replace('/web/', '/pay/'),
  },
  huawei: { 'cwii.dev/huawei-idp-id': 'other' },
  stackit: { 'cwii.dev/stackit-service-account-email': 'other@sa.stackit.cloud' },
  tencent: { 'cwii.dev/tencent-role-arn': 'qcs::cam::uin/100001234567:roleName/other' },
};
const account = (annotations: Readonly<Record<string, string>>) => serviceAccount('checkout', { annotations });
const clusterWith = (annotations: Readonly<Record<string, string>>, template = {}) => [
  namespace(),
  account(annotations),
  ...deployment(template),
];

describe('a workload that asks for a service', () => {
  it.each(names)('%s: has it, lacks it, and is stale after a change of its annotations', async (name) => {
    const cluster = clusterWith(serviceAnnotations[name]);
    const running = await admitted(pod('one'), cluster);
    const has = await auditOne([...cluster, running]);
    const lacks = await auditOne([...cluster, pod('one')]);
    const stale = await auditOne([...clusterWith({ ...serviceAnnotations[name], ...changes[name] }), running]);

    expect([has.state, lacks.state]).toEqual(['ok', 'lacking']);
    expect(has.asks).toHaveLength(1);
    expect(stale).toMatchObject({ state: 'stale', reasons: [{ code: 'differs' }] });
    expect(stale.restart).toContain('kubectl rollout restart');
  });

  it('names the role as the identity, so that its users are found together', async () => {
    const cluster = clusterWith(serviceAnnotations.alibaba);
    const { identities } = await audit([...cluster, await admitted(pod('one'), cluster)]);

    expect(identities).toEqual([
      expect.objectContaining({
        cloud: 'Alibaba Cloud',
        name: 'acs:ram::1234567890123456:role/web',
        workloads: ['shop/Deployment/checkout'],
      }),
    ]);
  });

  it('is stale if only the content of its file changed', async () => {
    const before = { ...serviceAnnotations.hcp, 'cwii.dev/hcp-audience': 'hcp' };
    const running = await admitted(pod('one'), clusterWith(before));
    const after = { ...before, 'cwii.dev/hcp-provider': before['cwii.dev/hcp-provider'].replace('/web/', '/pay/') };
    const { state, reasons } = await auditOne([...clusterWith(after), running]);

    expect(state).toBe('stale');
    expect(reasons[0]?.cause).toContain('/pay/');
  });

  const keys = [
    ['alibaba', 'ALIBABA_CLOUD_ACCESS_KEY_ID'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
    ['hcp', 'HCP_CLIENT_ID'],
    ['tencent', 'TENCENTCLOUD_SECRET_ID'],
  ] as const;
  it.each(keys)('%s: is broken if %s wins', async (name, variable) => {
    const containers = [{ name: 'app', image: 'app', env: [{ name: variable, value: 'x' }] }];
    const cluster = clusterWith(serviceAnnotations[name], { containers });
    const { state, reasons } = await auditOne([...cluster, await admitted(pod('one', { containers }), cluster)]);

    expect(state).toBe('broken');
    expect(reasons).toEqual([expect.objectContaining({ code: 'other-credential' })]);
    expect(reasons[0]?.cause).toContain(variable);
  });

  it('breaks nothing of AWS in the same pod, and a profile of AWS breaks nothing', async () => {
    const containers = [
      {
        name: 'app',
        image: 'app',
        env: ['ANTHROPIC_API_KEY', 'AWS_PROFILE'].map((key) => ({ name: key, value: 'x' })),
      },
    ];
    const cluster = clusterWith({ ...serviceAnnotations.anthropic, ...asks('checkout') }, { containers });
    const running = await admitted(pod('one', { containers }), cluster);
    const { state, reasons } = await auditOne([...cluster, running]);

    expect(state).toBe('broken');
    expect(reasons.map(({ cause }) => cause).join()).not.toContain('AWS_PROFILE');
  });

  it('is stale as a copy that lost the annotation with the file', async () => {
    const cluster = clusterWith(serviceAnnotations.hcp);
    const running = await admitted(pod('one'), cluster);
    const { annotations: _, ...metadata } = running.metadata;
    const copy = { ...running, metadata: { ...metadata, annotations: {} } };
    const { state, reasons } = await auditOne([...cluster, copy]);

    expect(state).toBe('stale');
    expect(reasons[0]?.cause).toContain('HCP: file not set, now {');
  });

  it('has the audience of a bare token as its identity, and is told for a ServiceAccount that nobody uses', async () => {
    const token = { 'cwii.dev/token-vault': 'vault.example.com' };
    const cluster = clusterWith(token);
    const idle = serviceAccount('idle', { annotations: serviceAnnotations.stackit });
    const report = await audit([...cluster, idle, await admitted(pod('one'), cluster)]);

    expect(report.workloads[0]).toMatchObject({ state: 'ok' });
    expect(report.identities).toEqual([expect.objectContaining({ name: 'vault.example.com' })]);
    expect(report.unusedServiceAccounts).toEqual([
      { object: 'ServiceAccount shop/idle', cloud: 'STACKIT', value: 'web-1a2b3c4d@sa.stackit.cloud' },
    ]);
  });
});
