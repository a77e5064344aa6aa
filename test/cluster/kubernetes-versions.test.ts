// The table of Kubernetes versions, on the API server of this run: each part is there from its version on,
// and not before.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type VersionedPart, versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';

/** How an API server shows that it has a part. */
type Evidence = { readonly resource: string } | { readonly gate: string };

/** Either the evidence, or why it is not looked for here. */
const evidence: Readonly<Record<VersionedPart, Evidence | string>> = {
  webhook: 'manifests.test.ts registers it',
  'web-identity': 'authentication-configuration.test.ts starts an API server with v1beta1',
  'authentication-v1': 'authentication-configuration.test.ts starts an API server with v1',
  require: { resource: 'validatingadmissionpolicies' },
  policies: { resource: 'mutatingadmissionpolicies' },
  'image-pulls': { gate: 'KubeletServiceAccountTokenForCredentialProviders' },
  static: { gate: 'ManifestBasedAdmissionControlConfig' },
  'several-issuers': 'it is a version of kubeadm, not of the API server',
};
const shown = Object.entries<Evidence | string>(evidence).flatMap(([part, one]) =>
  typeof one === 'string' ? [] : [[part as VersionedPart, one] as const],
);

let cluster: ControlPlane;
/** The resources of admissionregistration.k8s.io/v1. */
let resources: readonly string[];
/** Each feature gate that the API server knows, and whether it is on. */
let gates: ReadonlyMap<string, boolean>;

beforeAll(async () => {
  cluster = await startControlPlane();
  const { resources: served } = await cluster.api<{ resources: { name: string }[] }>(
    'GET',
    '/apis/admissionregistration.k8s.io/v1',
  );
  resources = served.map(({ name }) => name);
  const metrics = await cluster.api<string>('GET', '/metrics');
  gates = new Map(
    [...metrics.matchAll(/^kubernetes_feature_enabled\{name="(\w+)",stage="\w*"\} (\d)$/gm)].map(
      ([, name = '', value]) => [name, value === '1'] as const,
    ),
  );
});
afterAll(() => cluster?.stop());

describe(`Kubernetes 1.${kubernetesMinor()}`, () => {
  it('is the version of the API server', async () => {
    const { minor } = await cluster.api<{ minor: string }>('GET', '/version');

    expect(minor).toBe(`${kubernetesMinor()}`);
  });

  it.for(shown)('has %s from its version on, and not before', ([part, one]) => {
    const has = 'gate' in one ? (gates.get(one.gate) ?? false) : resources.includes(one.resource);

    expect(has).toBe(kubernetesMinor() >= versionNeeds[part].minor);
  });
});
