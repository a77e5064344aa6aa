// Tests the second phase of a decision: the additions to the pod, its refusal, and what counts as withheld.

import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../lib/admission/evaluate.ts';
import { type Placement, place } from '../../../lib/admission/place.ts';
import type { ScopeKind } from '../../../lib/annotations/scope.ts';
import { readPod } from '../../../lib/kubernetes/pod.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { type Annotations, scopeOf } from '../../fakes/evaluation.ts';
import { type ContainerManifest, podOf, roleArn } from '../../fakes/events.ts';

const id = '11111111-2222-3333-4444-555555555555';
const aws = { 'cwii.dev/aws-role-arn': roleArn, 'cwii.dev/aws-region': 'us-east-1' };
const az = { 'cwii.dev/az-client-id': id, 'cwii.dev/az-tenant-id': id };
const gcp = {
  'cwii.dev/gcp-inject': 'true',
  'cwii.dev/gcp-project': 'my-project',
  'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
};

interface Example {
  readonly env?: Record<string, string>;
  readonly containers?: ContainerManifest[];
}

function placed(
  annotations: Partial<Record<ScopeKind, Annotations>>,
  { env = {}, containers = [{ name: 'app' }] }: Example = {},
): Placement {
  const pod = readPod(
    podOf((manifest) => {
      manifest.metadata.annotations = { ...annotations.pod };
      manifest.spec.containers = containers;
    }),
    'shop',
  );
  const kinds = ['pod', 'owner', 'serviceaccount', 'namespace'] as const;
  const scopes = kinds.map((kind) => scopeOf(kind, annotations[kind] ?? {}));
  const settings = parseMutateSettings(env);
  return place(pod, evaluate(scopes, { namespace: 'shop', pod }, settings), settings);
}

describe('place', () => {
  it('adds the identities of three clouds, sorted by name', () => {
    const placement = placed({ pod: gcp, serviceaccount: az, namespace: aws });

    expect(placement).toMatchObject({ injected: ['aws', 'az', 'gcp'], findings: [], mayWithhold: false });
    expect(placement.plan?.volumes.map(({ name }) => name)).toEqual([
      'cwii-aws-token',
      'cwii-az-token',
      'cwii-gcp-token',
      'cwii-gcp-creds',
    ]);
  });

  it('refuses the pod if one of the clouds is denied, and reports that cloud', () => {
    const placement = placed({ pod: { ...aws, ...az, 'cwii.dev/az-client-id': 'x' } });

    expect(placement).toMatchObject({ plan: undefined, injected: [], mayWithhold: true });
    expect(placement.findings).toMatchObject([
      { code: 'az-id-invalid', key: 'cwii.dev/az-client-id', severity: 'deny' },
    ]);
  });

  it('refuses the pod for a conflict with its own content, after the findings of the evaluation', () => {
    const containers = [{ name: 'app', volumeMounts: [{ name: 'data', mountPath: '/var/run/secrets/cwii.dev/aws' }] }];

    const { findings, plan } = placed({ pod: { ...aws, 'cwii.dev/a': 'x' } }, { containers });

    expect(plan).toBeUndefined();
    expect(findings.map(({ code }) => code)).toEqual(['annotation-unknown', 'mount-path-taken']);
  });

  it.each<{
    what: string;
    annotations: Partial<Record<ScopeKind, Annotations>>;
    injected: string[];
    mayWithhold: boolean;
  }>([
    { what: 'that requests nothing', annotations: {}, injected: [], mayWithhold: true },
    { what: 'that gets all it requests', annotations: { pod: aws }, injected: ['aws'], mayWithhold: false },
    {
      what: 'that lacks a second cloud because a value is missing',
      annotations: { pod: aws, namespace: { 'cwii.dev/gcp-inject': 'true' } },
      injected: ['aws'],
      mayWithhold: true,
    },
    {
      what: 'that suppresses a second cloud itself',
      annotations: { pod: { ...aws, ...az, 'cwii.dev/az-inject': 'false' } },
      injected: ['aws'],
      mayWithhold: false,
    },
    {
      what: 'whose namespace suppresses a second cloud',
      annotations: { pod: { ...aws, ...az }, namespace: { 'cwii.dev/az-inject': 'false' } },
      injected: ['aws'],
      mayWithhold: true,
    },
    {
      what: 'whose containers are all skipped',
      annotations: { pod: { ...aws, 'cwii.dev/skip-containers': 'app' } },
      injected: [],
      mayWithhold: true,
    },
  ])('returns $injected and mayWithhold: $mayWithhold for a pod $what', ({ annotations, injected, mayWithhold }) => {
    expect(placed(annotations)).toMatchObject({ plan: {}, injected, mayWithhold });
  });

  it('injects only the chosen containers, and reports an unknown name once for all clouds', () => {
    const containers = [{ name: 'app' }, { name: 'proxy' }];
    const namespace = { 'cwii.dev/skip-containers': 'proxy,prxoy' };

    const { plan, findings } = placed({ pod: { ...aws, ...az, ...gcp }, namespace }, { containers });

    expect(findings.map(({ code }) => code)).toEqual(['container-unknown']);
    expect(plan?.containers.map(({ index }) => index)).toEqual([0]);
  });

  it.each([
    { CWII_MARK_PODS: 'true', annotations: { 'cwii.dev/injected': '' } },
    { CWII_MARK_PODS: 'false', annotations: {} },
  ])('writes $annotations on a pod without an identity if CWII_MARK_PODS is $CWII_MARK_PODS', (example) => {
    const { CWII_MARK_PODS, annotations } = example;

    expect(placed({}, { env: { CWII_MARK_PODS } }).plan?.annotations).toEqual(annotations);
  });
});
