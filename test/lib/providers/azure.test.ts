// Tests the Azure provider: its variables, its IDs, and which hosts may receive its token.

import { describe, expect, it } from 'vitest';
import { azure } from '../../../lib/providers/azure.ts';
import { type EvaluationOptions, outcomeOf, planBy } from '../../fakes/evaluation.ts';

const clientId = '11111111-2222-3333-4444-555555555555';
const tenantId = '66666666-7777-8888-9999-aAaAaAaAaAaA';
const ids = { 'cwii.dev/az-client-id': clientId, 'cwii.dev/az-tenant-id': tenantId };
const onHost = (host: string) => ({ ...ids, 'cwii.dev/az-authority-host': host });
const authorityOf = (host: string, options?: EvaluationOptions) => planBy(azure, onHost(host), options).extras;

describe('The Azure identity', () => {
  it('consists of a client, a tenant, a token and the authority host', () => {
    const plan = planBy(azure, ids);

    expect(plan.identity).toEqual([
      { name: 'AZURE_CLIENT_ID', value: clientId },
      { name: 'AZURE_TENANT_ID', value: tenantId },
      { name: 'AZURE_FEDERATED_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/az/token' },
    ]);
    expect(plan.fileVariable).toBe(plan.identity[2]);
    expect(plan.extras).toEqual([{ name: 'AZURE_AUTHORITY_HOST', value: 'https://login.microsoftonline.com/' }]);
    expect(plan.volumes).toEqual([
      {
        name: 'cwii-az-token',
        projected: {
          sources: [
            {
              serviceAccountToken: { path: 'token', audience: 'api://AzureADTokenExchange', expirationSeconds: 3600 },
            },
          ],
        },
      },
    ]);
    expect(plan).toMatchObject({ ownContainers: [], annotations: {} });
  });

  it('has the audience and lifetime that the annotations set', () => {
    const plan = planBy(azure, { ...ids, 'cwii.dev/az-audience': 'x', 'cwii.dev/az-token-expiration': '86400' });

    expect(plan.volumes[0]).toMatchObject({
      projected: { sources: [{ serviceAccountToken: { audience: 'x', expirationSeconds: 86_400 } }] },
    });
  });

  it('has the default tenant if no annotation sets one', () => {
    const env = { CWII_AZ_DEFAULT_TENANT_ID: tenantId };

    expect(planBy(azure, { 'cwii.dev/az-client-id': clientId }, { env }).identity[1]).toEqual({
      name: 'AZURE_TENANT_ID',
      value: tenantId,
    });
  });

  it('has a Windows path for the token file in a Windows pod', () => {
    const { fileVariable, mounts } = planBy(azure, ids, { pod: { windows: true } });

    expect(fileVariable?.value).toBe('C:\\var\\run\\secrets\\cwii.dev\\az\\token');
    expect(mounts[0].mountPath).toBe('/var/run/secrets/cwii.dev/az');
  });

  it.each([
    { annotations: { 'cwii.dev/az-inject': 'true' }, code: 'az-client-id-missing', key: 'cwii.dev/az-inject' },
    { annotations: { 'cwii.dev/az-client-id': clientId }, code: 'az-tenant-id-missing', key: 'cwii.dev/az-client-id' },
  ])('is skipped with the warning $code if a part is missing', ({ annotations, code, key }) => {
    expect(outcomeOf(azure, annotations)).toMatchObject({
      kind: 'withheld',
      findings: [{ code, severity: 'warn', key }],
    });
  });

  it.each(['az-client-id', 'az-tenant-id'])('rejects a value of %s that is not a UUID', (name) => {
    const key = `cwii.dev/${name}`;
    for (const id of ['my-app', clientId.slice(1), `${clientId}0`, clientId.replaceAll('-', ''), `{${clientId}}`]) {
      expect(outcomeOf(azure, { ...ids, [key]: id }), id).toMatchObject({
        kind: 'deny',
        findings: [{ code: 'az-id-invalid', severity: 'deny', key, value: id }],
      });
    }
    expect(outcomeOf(azure, { ...ids, [key]: 'x' }, { severity: 'warn' })).toMatchObject({
      kind: 'withheld',
      findings: [{ code: 'az-id-invalid', severity: 'warn' }],
    });
  });

  it.each([
    { rail: 'CWII_ALLOWED_AZ_CLIENT_IDS', annotations: ids, key: 'cwii.dev/az-client-id' },
    {
      rail: 'CWII_ALLOWED_AUDIENCES',
      annotations: { ...ids, 'cwii.dev/az-audience': 'x' },
      key: 'cwii.dev/az-audience',
    },
  ])('is denied if $rail does not allow a value', ({ rail, annotations, key }) => {
    expect(outcomeOf(azure, annotations, { env: { [rail]: 'another' }, severity: 'warn' })).toMatchObject({
      kind: 'deny',
      findings: [{ code: 'not-allowed', severity: 'deny', key, message: expect.stringContaining(rail) }],
    });
  });
});

describe('The Azure authority host', () => {
  it.each([
    ['https://login.microsoftonline.com/', 'https://login.microsoftonline.com/'],
    ['https://login.microsoftonline.com', 'https://login.microsoftonline.com/'],
    ['HTTPS://Login.MicrosoftOnline.US', 'https://login.microsoftonline.us/'],
    ['https://login.microsoftonline.us:443/', 'https://login.microsoftonline.us/'],
    ['https://login.chinacloudapi.cn', 'https://login.chinacloudapi.cn/'],
    ['https://login.partner.microsoftonline.cn/', 'https://login.partner.microsoftonline.cn/'],
  ])('accepts %s, a host of Microsoft, as %s', (host, value) => {
    expect(authorityOf(host)).toEqual([{ name: 'AZURE_AUTHORITY_HOST', value }]);
  });

  it.each([
    'login.microsoftonline.com',
    'http://login.microsoftonline.com/',
    'https://login.microsoftonline.com/common',
    'https://login.microsoftonline.com/?x=1',
    'https://login.microsoftonline.com/#x',
    'https://user@login.microsoftonline.com/',
    'https://user:password@login.microsoftonline.com/',
    'https://:password@login.microsoftonline.com/',
    'https://',
    'javascript:alert(1)',
  ])('rejects %s, which is not a plain https URL of a host', (host) => {
    const finding = { code: 'az-authority-host-invalid', key: 'cwii.dev/az-authority-host' };

    expect(outcomeOf(azure, onHost(host))).toMatchObject({ kind: 'deny', findings: [finding] });
    expect(outcomeOf(azure, onHost(host), { severity: 'warn' })).toMatchObject({
      kind: 'withheld',
      findings: [finding],
    });
  });

  it.each([
    'https://login.stack.example.com/',
    'https://login.microsoftonline.com.evil.example/',
    'https://login.microsoftonline.com:8443/',
    'https://login.microsoftonline.com./',
    'https://sts.windows.net/',
  ])('denies %s, which is not a host of Microsoft', (host) => {
    for (const severity of ['deny', 'warn'] as const) {
      expect(outcomeOf(azure, onHost(host), { severity })).toMatchObject({
        kind: 'deny',
        findings: [
          {
            code: 'not-allowed',
            severity: 'deny',
            key: 'cwii.dev/az-authority-host',
            message: expect.stringContaining('CWII_ALLOWED_AZ_AUTHORITY_HOSTS'),
          },
        ],
      });
    }
  });

  it('accepts another host that the cluster owner allows, in any notation', () => {
    const env = { CWII_ALLOWED_AZ_AUTHORITY_HOSTS: 'https://login.stack.example.com/' };
    const extras = [{ name: 'AZURE_AUTHORITY_HOST', value: 'https://login.stack.example.com/' }];

    expect(authorityOf('https://LOGIN.stack.example.com', { env })).toEqual(extras);
    expect(outcomeOf(azure, onHost('https://evil.example/'), { env })).toMatchObject({
      kind: 'deny',
      findings: [{ code: 'not-allowed' }],
    });
  });

  it('accepts the hosts of Microsoft in addition to allowed ones', () => {
    const env = { CWII_ALLOWED_AZ_AUTHORITY_HOSTS: 'https://login.stack.example.com/' };

    expect(authorityOf('https://login.microsoftonline.us', { env })).toHaveLength(1);
    expect(planBy(azure, ids, { env }).extras).toHaveLength(1);
  });

  it.each([
    { host: 'https://login.microsoftonline.com', cloud: 'AzureCloud' },
    { host: 'https://login.microsoftonline.us', cloud: 'AzureUSGovernment' },
    { host: 'https://login.partner.microsoftonline.cn', cloud: 'AzureChinaCloud' },
  ])('selects the cloud of the Azure CLI for verification: $host is $cloud', ({ host, cloud }) => {
    const { ownContainers } = planBy(azure, { ...onHost(host), 'cwii.dev/az-verify': 'true' });

    expect(ownContainers[0]?.container.env).toContainEqual({ name: 'AZURE_CLOUD_NAME', value: cloud });
  });

  it('is not verified if the Azure CLI has no cloud for it', () => {
    const env = { CWII_ALLOWED_AZ_AUTHORITY_HOSTS: 'https://login.stack.example.com/' };
    const annotations = { ...onHost('https://login.stack.example.com'), 'cwii.dev/az-verify': 'true' };

    expect(planBy(azure, annotations, { env }).ownContainers).toEqual([]);
    expect(outcomeOf(azure, annotations, { env }).findings).toMatchObject([{ code: 'az-verify-unknown-cloud' }]);
  });
});
