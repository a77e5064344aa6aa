// An API server with the policies of `cwii manifests --policies` and without a webhook.

import { toCommentedYaml } from '../../../cli/manifests/commented-yaml.ts';
import { findingPolicies } from '../../../cli/manifests/inject/findings.ts';
import { labelPolicies } from '../../../cli/manifests/inject/label-policies.ts';
import { type InjectInput, injectPolicies } from '../../../cli/manifests/inject/policies.ts';
import { INJECT_LABEL } from '../../../cli/manifests/names.ts';
import { catalogue } from '../../../lib/settings/service-catalogue.ts';
import type { ServiceDefinition } from '../../../lib/settings/service-definition.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { type ControlPlane, startControlPlane } from '../../../testing/cluster/control-plane.ts';
import type { Annotations, Manifest } from '../manifests.ts';
import type { StoredPod } from '../stored-pod.ts';
import { awaitFindings, awaitPolicies } from './await-policies.ts';
import { differenceBetween } from './compare.ts';
import { decideOn } from './webhook-decision.ts';

/** A namespace without policies, whose pods are as the API server sends them to the webhook. */
export const PLAIN = 'plain';

const openbao: ServiceDefinition = {
  name: 'openbao',
  title: 'OpenBao',
  trigger: 'role',
  keys: {
    role: { meaning: 'The role.', pattern: '[a-z$"-]{1,64}', example: 'my-app' },
    mount: { meaning: 'The mount.', pattern: '[a-z]{1,9}', example: 'jwt', default: 'jwt' },
  },
  audience: 'openbao.example.com',
  identity: { BAO_ROLE: '{role}', BAO_TOKEN_PATH: '{token}' },
  variables: { BAO_ADDR: 'https://openbao.example.com', BAO_LOGIN: 'auth/{mount}/login' },
  file: { name: 'login.json', json: { role: '{role}', more: ['{mount}', 1, null, { path: '{token}' }] } },
};

export function inputFor(env: Readonly<Record<string, string>> = {}): InjectInput {
  const settings = parseMutateSettings({ CWII_CUSTOM_SERVICES: JSON.stringify([openbao]), ...env });
  return { settings, services: [...catalogue, openbao], namespaces: 'labelled' };
}

export class PolicyCluster {
  readonly cluster: ControlPlane;
  readonly input: InjectInput;
  readonly differenceBetween = differenceBetween;

  private constructor(cluster: ControlPlane, input: InjectInput) {
    this.cluster = cluster;
    this.input = input;
  }

  /** Resolves when the policies are in effect. */
  static async start(input = inputFor()): Promise<PolicyCluster> {
    const policies = new PolicyCluster(await startControlPlane(), input);
    const { cluster } = policies;
    await cluster.apply(
      toCommentedYaml('Policies', [...labelPolicies(input), ...injectPolicies(input), ...findingPolicies(input)]),
    );
    await cluster.createNamespace(PLAIN);
    await policies.addAccount(PLAIN, 'my-app', {});
    await awaitPolicies(cluster);
    await awaitFindings(cluster);
    return policies;
  }

  addAccount(namespace: string, name: string, annotations: Annotations): Promise<unknown> {
    const metadata = { name, labels: INJECT_LABEL, annotations };
    return this.cluster.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata });
  }

  /** Resolves when the policies see the annotations. */
  async addScopes(
    namespace: string,
    { ofNamespace = {}, ofAccount = {} }: { ofNamespace?: Annotations; ofAccount?: Annotations },
    addMore = async () => {},
  ): Promise<void> {
    const { cluster } = this;
    await cluster.createNamespace(namespace, INJECT_LABEL);
    await cluster.api('PATCH', `/api/v1/namespaces/${namespace}`, { metadata: { annotations: ofNamespace } });
    await this.addAccount(namespace, 'my-app', ofAccount);
    await addMore();
    // Seen after the annotations of the namespace, and after the ServiceAccounts before it.
    await this.addAccount(namespace, 'last', { 'cwii.dev/token-last': 'last.example.com', 'cwii.dev/last': 'unknown' });
    const suppressed = [
      ...['aws', 'az', 'gcp', ...this.input.services.map(({ name }) => name)].map((id) => `cwii.dev/${id}-inject`),
      ...Object.keys(ofNamespace).map((key) => `${key.replace(/-(env|expiration|inject)$/, '')}-inject`),
    ].filter((key) => key.length < 63);
    // The namespace can skip and include containers by the names that pods have.
    const annotations = {
      ...Object.fromEntries(suppressed.map((key) => [key, 'false'])),
      'cwii.dev/include-containers': 'probe',
    };
    await cluster.waitFor(`the policies to see namespace ${namespace}`, async () => {
      const spec = { serviceAccountName: 'last', containers: [{ name: 'probe', image: 'app' }] };
      const warnings: string[] = [];
      const probe = { metadata: { name: 'last', annotations }, spec };
      const { metadata } = await this.dryRun(namespace, probe, (text) => warnings.push(text));
      const isWarned = warnings.some((text) => text.includes('cwii.dev/last'));
      return isWarned && metadata.annotations?.['cwii.dev/injected']?.includes('last');
    });
  }

  dryRun(
    namespace: string,
    { metadata, spec }: { readonly metadata: object; readonly spec?: unknown },
    onWarning?: (text: string) => void,
  ): Promise<StoredPod> {
    const named = { ...metadata, namespace };
    return this.cluster.api(
      'POST',
      `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
      { metadata: named, spec },
      {
        ...(onWarning && { onWarning }),
      },
    );
  }

  /** The pod as the webhook and as the policies admit it. */
  async compare(
    manifest: Manifest,
    { ofNamespace = {}, ofAccount = {} }: { ofNamespace?: Annotations; ofAccount?: Annotations },
  ): Promise<{ expected: StoredPod; actual: StoredPod }> {
    const { namespace } = manifest.metadata;
    const plain = await this.dryRun(PLAIN, manifest);
    const scopes = { namespace, ofNamespace, ofAccount };
    const { pod: expected, findings } = await decideOn(plain, scopes, this.input.settings);
    if (!expected) throw new Error(`the webhook denies the pod: ${findings.map(({ message }) => message).join('; ')}`);
    return { expected, actual: await this.dryRun(namespace, manifest) };
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }
}
