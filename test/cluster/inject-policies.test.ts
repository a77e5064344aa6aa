// The policies of `cwii manifests --policies` on an API server without a webhook: they give pods what the
// webhook would give them.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INJECT_LABEL } from '../../cli/manifests/names.ts';
import { versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { INJECTED } from '../../lib/annotations/keys.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';
import { type PolicyCase, policyCases } from './differential/cases.ts';
import { PolicyCluster } from './differential/policy-cluster.ts';
import { pod, roleAnnotation, roleArn, serviceAccount } from './manifests.ts';
import { roleOf } from './stored-pod.ts';

const hasPolicies = kubernetesMinor() >= versionNeeds.policies.minor;

if (!hasPolicies) {
  it('the API server does not know the policies yet, as the table of versions says', () => {
    expect(kubernetesMinor()).toBeLessThan(versionNeeds.policies.minor);
  });
} else describe('policies without a webhook', withPolicies);

function withPolicies() {
  let policies: PolicyCluster;
  beforeAll(async () => {
    policies = await PolicyCluster.start();
  });
  afterAll(() => policies?.stop());

  it.for(policyCases.map((one, index) => [one.sentence, one, index] as const))('%s', async ([, one, index]) => {
    const { expected, actual } = await compared(policies, one, `case-${index}`);

    expect(actual.metadata.annotations?.[INJECTED]).toBe(one.injected && `${one.injected},(policies)`);
    expect(policies.differenceBetween(expected, actual)).toBeUndefined();
  });

  it('label a ServiceAccount with annotations, and one in a namespace with annotations', async () => {
    const { cluster } = policies;
    await cluster.createNamespace('labels', INJECT_LABEL);
    const create = (name: string, annotations = {}, namespace = 'labels') => {
      const { metadata } = serviceAccount(namespace, name, annotations);
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
      return cluster.api<{ metadata: { labels?: object } }>('POST', path, { metadata });
    };

    expect((await create('asks', roleAnnotation('asks'))).metadata.labels).toEqual(INJECT_LABEL);
    expect((await create('other')).metadata.labels).toBeUndefined();
    await cluster.api('PATCH', '/api/v1/namespaces/labels', { metadata: { annotations: roleAnnotation('all') } });
    await cluster.waitFor('the annotation of the namespace to be seen', async () => {
      const path = '/api/v1/namespaces/labels/serviceaccounts?dryRun=All';
      const probe = await cluster.api<{ metadata: { labels?: object } }>('POST', path, { metadata: { name: 'probe' } });
      return probe.metadata.labels;
    });
    expect((await create('later')).metadata.labels).toEqual(INJECT_LABEL);
  });

  it('give nothing to the pods of other namespaces and to mirror pods', async () => {
    const { cluster } = policies;
    await cluster.createNamespace('unlabelled');
    const account = {
      ...serviceAccount('unlabelled', 'my-app', roleAnnotation('account')).metadata,
      labels: INJECT_LABEL,
    };
    await cluster.api('POST', '/api/v1/namespaces/unlabelled/serviceaccounts', { metadata: account });

    expect(
      roleOf(await policies.dryRun('unlabelled', pod('unlabelled', 'web', { serviceAccountName: 'my-app' }))),
    ).toBeUndefined();
    expect(
      roleOf(
        await policies.dryRun(
          'in-effect',
          pod('in-effect', 'web', {
            annotations: { 'kubernetes.io/config.mirror': 'a1b2c3' },
            nodeName: 'node-1',
            serviceAccountName: '',
          }),
        ),
      ),
    ).toBeUndefined();
  });

  it('warn of a lifetime of a token at the scope that sets it', async () => {
    await policies.addScopes('lifetimes', { ofNamespace: { 'cwii.dev/token-vault-expiration': '100' } });
    const warnings: string[] = [];
    const annotations = { 'cwii.dev/token-vault': 'vault.example.com', 'cwii.dev/token-broker': 'broker.example.com' };
    const web = pod('lifetimes', 'web', { serviceAccountName: 'my-app', annotations });
    await policies.dryRun('lifetimes', web, (text) => warnings.push(text));

    expect(warnings).toEqual([
      expect.stringMatching(
        /cwii\.dev\/token-vault-expiration "100" on Namespace lifetimes: Kubernetes requires at least 600 seconds, .*\[token-expiration-raised\]$/,
      ),
    ]);
  });

  it('give the containers of a hundred containers with a hundred variables each their identity', async () => {
    const env = Array.from({ length: 100 }, (_, index) => ({ name: `OWN_${index}`, value: `${index}` }));
    const containers = Array.from({ length: 100 }, (_, index) => ({ name: `app-${index}`, image: 'app', env }));
    const large = await policies.dryRun(
      'in-effect',
      pod('in-effect', 'large', { serviceAccountName: 'probe', containers }),
    );

    expect(containers.map(({ name }) => roleOf(large, name))).toEqual(containers.map(() => roleArn('probe')));
  });
}

async function compared(policies: PolicyCluster, one: PolicyCase, namespace: string) {
  await policies.addScopes(namespace, one);
  const manifest = pod(namespace, 'web', { serviceAccountName: 'my-app', ...one.pod });
  return policies.compare(manifest, one);
}
