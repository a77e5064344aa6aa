// Tokens that an API server issues for a webhook (KEP-6060), and what the function accepts of them.
//
// 1.37 issues them behind its feature gate. It does not present them yet, so the tests call the webhook.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../testing/certificates.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';
import { podOf, reviewOf } from '../fakes/events.ts';
import { callApi } from './call-api.ts';
import { claimsOf } from './manifests-in-use.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';
import type { WebhookUnderTest } from './webhook-under-test.ts';

/** Alpha, so behind a feature gate. */
const issues = kubernetesMinor() >= 37;
const caller = { namespace: 'kube-system', name: 'webhook-auth' } as const;
/** Where the webhook is registered. Nobody calls it there. */
const url = 'https://cwii.example.com/mutate';
const subject = `system:serviceaccount:${caller.namespace}:${caller.name}`;

let cluster: TestCluster;
let webhook: WebhookUnderTest;
let caPem: string;

beforeAll(async () => {
  const authority = await createTestAuthority();
  caPem = authority.certPem;
  cluster = await startTestCluster([], {
    authority,
    apiServerFlags: issues ? ['--feature-gates=APIServerWebhookAuthenticationToken=true'] : [],
  });
  webhook = await cluster.startWebhook('cwii', { CWII_CALLER_SUBJECTS: subject, CWII_CALLER_AUDIENCES: url });
  await cluster.api('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', configuration());
  for (const name of [caller.name, 'another']) await cluster.apply(mayAttest(name));
});
afterAll(() => cluster?.stop());

/** It calls the webhook for no pod of this test: no namespace has its label. */
function configuration(): object {
  return {
    metadata: { name: 'cwii' },
    webhooks: [
      {
        name: 'pods.cwii.dev',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: { url },
        namespaceSelector: { matchLabels: { 'no-namespace': 'has-this' } },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] },
        ],
      },
    ],
  };
}

/** A ServiceAccount whose tokens may be attested for every API group, and for `apps`. */
function mayAttest(name: string): string {
  return `
apiVersion: v1
kind: ServiceAccount
metadata: { name: ${name}, namespace: ${caller.namespace} }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: attest-${name} }
rules:
  - apiGroups: [authentication.k8s.io]
    resources: [admissionReviewAPIGroups]
    resourceNames: ["*", apps]
    verbs: [attest]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: attest-${name} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: attest-${name} }
subjects: [{ kind: ServiceAccount, name: ${name}, namespace: ${caller.namespace} }]
`;
}

interface TokenOrder {
  readonly name?: string;
  readonly audience?: string;
  readonly group?: string;
}

/** Requests a token that is bound to the webhook configuration, as an API server will. */
async function attestedToken({ name = caller.name, audience = url, group = '*' }: TokenOrder = {}): Promise<string> {
  const { uid } = (
    await cluster.api<{ metadata: { uid: string } }>(
      'GET',
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/cwii',
    )
  ).metadata;
  const { status } = await cluster.api<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${caller.namespace}/serviceaccounts/${name}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: [audience],
        expirationSeconds: 600,
        boundObjectRef: {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'MutatingWebhookConfiguration',
          name: 'cwii',
          uid,
        },
        attestations: { admissionReviewAPIGroups: [group] },
      },
    },
  );
  webhook.forbid([status.token]);
  return status.token;
}

/** A pod with a ServiceAccount that the cluster has. */
const podReview = reviewOf(({ request }) => {
  request.namespace = 'default';
  request.object = podOf(({ metadata, spec }) => {
    metadata.namespace = 'default';
    spec.serviceAccountName = 'default';
  });
});
const deploymentReview = reviewOf(({ request }) => {
  request.kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
  request.resource = { group: 'apps', version: 'v1', resource: 'deployments' };
});

/** The status of the webhook's answer to a caller with this token. */
async function statusFor(token: string, review: object): Promise<number> {
  const { status } = await callApi({ url: webhook.origin, caPem }, '/mutate', { token, method: 'POST', body: review });
  return status;
}

if (issues) describe('a token that the API server issues for the webhook', issuedTokens);
else describe('an API server without KEP-6060', olderServer);

function issuedTokens() {
  it('has the claims that the function looks at', async () => {
    const { sub, aud, 'kubernetes.io': kubernetes } = claimsOf(await attestedToken());

    expect({ sub, aud }).toEqual({ sub: subject, aud: [url] });
    expect(kubernetes).toMatchObject({
      attestations: { admissionReviewAPIGroups: ['*'] },
      mutatingwebhookconfiguration: { name: 'cwii' },
    });
  });

  it('is accepted for the objects of all groups', async () => {
    const token = await attestedToken();

    expect(await statusFor(token, podReview)).toBe(200);
    expect(await statusFor(token, deploymentReview)).toBe(200);
  });

  it('is accepted only for the group that it is attested for', async () => {
    const token = await attestedToken({ group: 'apps' });

    expect(await statusFor(token, deploymentReview)).toBe(200);
    expect(await statusFor(token, podReview)).toBe(401);
    expect(webhook.log().join('')).toContain('its token is attested for another API group than that of the object');
  });

  it('is rejected for the URL of somebody else, which the API server signs with the group *', async () => {
    expect(await statusFor(await attestedToken({ audience: 'https://other.example.com/mutate' }), podReview)).toBe(401);
    expect(webhook.log().join('')).toContain(`its token is not for the audience ${url}`);
  });

  it('is rejected if it is that of another ServiceAccount', async () => {
    expect(await statusFor(await attestedToken({ name: 'another' }), podReview)).toBe(401);
    expect(webhook.log().join('')).toContain("its token's subject is not in CWII_CALLER_SUBJECTS");
  });
}

function olderServer() {
  it('binds no token to a webhook configuration, so no attested token exists', async () => {
    await expect(attestedToken()).rejects.toThrow(/MutatingWebhookConfiguration/);
  });
}
