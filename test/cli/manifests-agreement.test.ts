// Tests that generated policies match the providers, and that the examples match the generated files.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import {
  admissionConfiguration,
  NO_ADMISSION,
  webhookKubeconfig,
} from '../../cli/manifests/admission-configuration.ts';
import { type Distribution, distributions, snippetFor } from '../../cli/manifests/distribution.ts';
import { NAMESPACE, READER } from '../../cli/manifests/names.ts';
import { accessObjects } from '../../cli/manifests/rbac.ts';
import { cloudRequirements } from '../../cli/manifests/require-clouds.ts';
import { tokenVolume } from '../../cli/manifests/require-identity.ts';
import { webhookConfiguration } from '../../cli/manifests/webhook-configuration.ts';
import { parseOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import { providers } from '../../lib/providers/registry.ts';
import { threeClouds } from '../cluster/three-clouds.ts';
import { planBy } from '../fakes/evaluation.ts';

/** The API server presents a token, and has no files of its own. */
const TOKEN_ONLY = { ...NO_ADMISSION, token: true };

/** The flags of a snippet, as `name=value`. */
const flagsIn: Readonly<Record<Distribution, (snippet: unknown) => string[]>> = {
  kubeadm: (snippet) => {
    const { apiServer } = snippet as { apiServer: { extraArgs: { name: string; value: string }[] } };
    return apiServer.extraArgs.map(({ name, value }) => `${name}=${value}`);
  },
  k3s: rancherFlags,
  rke2: rancherFlags,
  talos: (snippet) => {
    const { cluster } = snippet as { cluster: { apiServer: { extraArgs: Record<string, string | string[]> } } };
    return Object.entries(cluster.apiServer.extraArgs).flatMap(([name, values]) =>
      [values].flat().map((value) => `${name}=${value}`),
    );
  },
};

function rancherFlags(snippet: unknown): string[] {
  return (snippet as Record<string, string[]>)['kube-apiserver-arg+'] ?? [];
}

describe.for(providers.map((provider) => [provider.id, provider] as const))(
  'the policies for %s have',
  ([id, provider]) => {
    const settings = { nativeAnnotations: false, azDefaultTenantId: undefined, gcpDefaultAudience: undefined };
    const [rules] = cloudRequirements([id], settings);
    const plan = planBy(provider, threeClouds);

    test('the trigger of the provider', () => expect(rules?.trigger).toBe(provider.trigger));
    test('the volume of its token', () => expect(plan.volumes[0].name).toBe(tokenVolume(id)));
    test('the variables of its identity', () =>
      expect(plan.identity.map(({ name }) => name).sort()).toEqual([...(rules?.identityVariables ?? [])].sort()));
  },
);

describe('the examples for cwii serve match the generated files, apart from names', () => {
  const documentsOf = async (name: string) => {
    const text = await readFile(join(import.meta.dirname, '..', '..', 'examples', 'cluster', name), 'utf8');
    return parseAllDocuments(text).map((document) => document.toJS());
  };

  test('webhook.yaml', async () => {
    const expected = webhookConfiguration({
      url: 'https://cwii.example.com:8443/mutate',
      ca: '',
      namespaces: 'all',
      failurePolicy: 'Ignore',
      timeoutSeconds: 5,
      ownerKinds: [],
    });
    expect(await documentsOf('webhook.yaml')).toEqual([{ ...expected, metadata: { name: 'cwii-serve' } }]);
  });

  test('rbac.yaml, without the renewal of tokens', async () => {
    const written = accessObjects({
      identities: 'service-account',
      ownerKinds: [],
      issuer: false,
      callerTokens: false,
    }).map(({ object }) => object);
    const isRenewal = (object: object) => JSON.stringify(object).includes('cwii-reader-renewal');
    const text = JSON.stringify(written.filter((object) => !isRenewal(object)));
    const renamed = text.replaceAll(`"${NAMESPACE}"`, '"cwii-serve"').replaceAll(`"${READER}"`, '"cwii-serve"');
    expect(await documentsOf('rbac.yaml')).toEqual(JSON.parse(renamed));
  });

  test('admission-configuration.yaml and webhook-kubeconfig.yaml', async () => {
    expect(await documentsOf('admission-configuration.yaml')).toEqual([admissionConfiguration(TOKEN_ONLY).object]);
    const kubeconfig = webhookKubeconfig('https://cwii.example.com:8443/mutate').object;
    expect(await documentsOf('webhook-kubeconfig.yaml')).toEqual([kubeconfig]);
  });
});

test('pods that own pods can be read, and are not sent as workloads', () => {
  const ownerKinds = parseOwnerKinds('v1/pods=Pod');
  const access = JSON.stringify(
    accessObjects({ identities: 'service-account', ownerKinds, issuer: false, callerTokens: false }),
  );
  const registration = { url: 'https://cwii.example.com/mutate', ownerKinds, timeoutSeconds: 5 } as const;
  const { webhooks } = webhookConfiguration({ ...registration, namespaces: 'all', failurePolicy: 'Fail' }) as {
    webhooks: { name: string; rules: { resources: string[] }[] }[];
  };

  expect(access).toContain('"resources":["namespaces","pods","replicationcontrollers","serviceaccounts"]');
  const entriesWithPods = webhooks.filter(({ rules }) => rules.some(({ resources }) => resources.includes('pods')));
  expect(entriesWithPods.map(({ name }) => name)).toEqual(['pods.cwii.dev']);
});

describe.for(distributions)('on %s', (distribution) => {
  const issuer = {
    issuer: 'https://oidc.example.com/prod',
    oldIssuers: ['https://old.example.com'],
    oldAudiences: ['https://old.example.com', 'other'],
    audiences: [],
    round: 'second' as const,
  };
  const flags = flagsIn[distribution](
    parse(snippetFor(distribution, { authentication: true, admission: TOKEN_ONLY, issuer, files: {} })),
  );

  test('the new issuer comes first, and the old one stays accepted', () => {
    expect(flags.filter((flag) => flag.startsWith('service-account-'))).toEqual([
      'service-account-issuer=https://oidc.example.com/prod',
      'service-account-issuer=https://old.example.com',
      'service-account-jwks-uri=https://oidc.example.com/prod/openid/v1/jwks',
    ]);
    expect(flags).toContain('api-audiences=https://old.example.com,other,https://oidc.example.com/prod');
  });

  test('in a first round the old issuer comes first, and the keys of the new one are not used', () => {
    const first = snippetFor(distribution, {
      authentication: true,
      admission: TOKEN_ONLY,
      issuer: { ...issuer, round: 'first' },
      files: {},
    });
    expect(flagsIn[distribution](parse(first)).filter((flag) => flag.startsWith('service-account-'))).toEqual([
      'service-account-issuer=https://old.example.com',
      'service-account-issuer=https://oidc.example.com/prod',
    ]);
    expect(first.replace(/\n *# /g, ' ')).toContain('The first of two rounds');
  });

  test('the API server gets the AuthenticationConfiguration and the AdmissionConfiguration', () => {
    const text = snippetFor(distribution, { authentication: true, admission: TOKEN_ONLY, files: {} });
    expect(flags).toContain('authentication-config=/etc/kubernetes/cwii/authentication-configuration.yaml');
    expect(text).toContain(
      distribution === 'talos'
        ? 'kubeConfigFile: /etc/kubernetes/cwii/webhook-kubeconfig.yaml'
        : '/etc/kubernetes/cwii/admission-configuration.yaml',
    );
  });

  test('anonymous requests stay disabled', () => {
    // k3s and RKE2 do not disable them if there is an AuthenticationConfiguration.
    const anonymous = flags.filter((flag) => flag.startsWith('anonymous-auth='));
    expect(anonymous).toEqual(['k3s', 'rke2'].includes(distribution) ? ['anonymous-auth=false'] : []);
    const without = snippetFor(distribution, { authentication: false, admission: TOKEN_ONLY, issuer, files: {} });
    expect(flagsIn[distribution](parse(without)).join()).not.toContain('anonymous-auth');
  });

  test('no issuer is set without a hosted issuer', () => {
    expect(snippetFor(distribution, { authentication: true, admission: TOKEN_ONLY, files: {} })).not.toContain(
      'issuer=',
    );
  });
});
