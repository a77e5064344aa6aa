// `cwii trust --cloud <service>`: the values that a service must trust, and the vendors' own forms.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServiceIdentity } from '../../cli/trust/identities.ts';
import { formatsOf, serviceTrust } from '../../cli/trust/service.ts';
import { parseIssuer } from '../../cluster-file/issuer-url.ts';
import { catalogue } from '../../lib/settings/service-catalogue.ts';
import { serviceAnnotations } from '../sdk/trust.ts';
import { folderOf } from './command.ts';

type Service = keyof typeof serviceAnnotations;

function identityOf(name: Service): ServiceIdentity {
  const definition = catalogue.find((one) => one.name === name);
  const prefix = `cwii.dev/${name}-`;
  const values = Object.fromEntries(
    Object.entries(serviceAnnotations[name]).map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const { audience: chosen, ...keys } = values;
  const audience = chosen ?? (definition?.audience ?? '').replaceAll(/\{(.+?)\}/g, (_, key) => values[key] ?? '');
  return {
    cloud: 'service',
    id: name,
    title: definition?.title ?? '',
    documentation: definition?.documentation,
    values: keys,
    audience,
    expirationSeconds: 3600,
  };
}

const [checkout, worker] = [
  { namespace: 'shop', name: 'checkout' },
  { namespace: 'shop', name: 'a.b' },
];

function inputOf(name: Service, issuer = 'https://oidc.example.com/prod') {
  return {
    identity: identityOf(name),
    serviceAccounts: [checkout, worker],
    issuer: parseIssuer(issuer),
    clusterName: 'prod',
    createProvider: false,
    application: false,
  } as const;
}

const names = Object.keys(serviceAnnotations) as Service[];
const forms = names.flatMap((name) => formatsOf(name).map((format) => [name, format] as const));

describe('the trust of a service', () => {
  it.each(forms)('%s as %s', async (name, format) => {
    const extension = { text: 'txt', json: 'json.txt', cli: 'cli.txt', terraform: 'tf', cdk: '' }[format];
    const text = serviceTrust(name)[format]?.(inputOf(name)) ?? '';

    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'trust-services', `${name}.${extension}`));
    for (const claim of ['https://oidc.example.com/prod', 'system:serviceaccount:shop:a.b'])
      expect(text).toContain(claim);
  });

  it('names the command that prints the keys if nobody can fetch them', () => {
    const text = serviceTrust('anthropic').text?.(inputOf('anthropic', 'https://kubernetes.default.svc'));

    expect(text).toContain('# The host of the issuer is private: give the service the keys, kubectl get --raw');
  });

  it('has no command of HCP for another audience than that of the provider', () => {
    const input = inputOf('hcp');
    const other = { ...input, identity: { ...input.identity, audience: 'vault' } };

    expect(() => serviceTrust('hcp').cli?.(other)).toThrow('accepts its own name as audience by default');
  });

  it('passes the policy to the CLI of Databricks as one word', async () => {
    const script = serviceTrust('databricks').cli?.(inputOf('databricks')) ?? '';
    await using folder = await folderOf({
      'script.sh': script,
      databricks: `#!/bin/sh\nprintf '<%s>' "$@"\necho\n`,
    });
    const env = { PATH: `${folder.path}:/usr/bin:/bin`, SERVICE_PRINCIPAL_ID: '42' };
    const { status, stdout } = spawnSync('sh', ['-c', 'chmod +x databricks && sh script.sh'], {
      cwd: folder.path,
      encoding: 'utf8',
      env,
    });

    expect(status).toBe(0);
    expect(stdout.split('\n')[0]).toBe(
      `<account><service-principal-federation-policy><create><42><--json><${JSON.stringify({
        oidc_policy: {
          issuer: 'https://oidc.example.com/prod',
          audiences: ['66666666-7777-8888-9999-000000000000'],
          subject: 'system:serviceaccount:shop:checkout',
        },
      })}>`,
    );
  });
});
