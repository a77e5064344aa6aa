// Tests the first phase of a decision: the outcome of each provider, and the severity of findings by scope.

import { describe, expect, it } from 'vitest';
import { type Evaluation, evaluate } from '../../../lib/admission/evaluate.ts';
import type { ScopeKind } from '../../../lib/annotations/scope.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { type Annotations, samplePod, scopeOf } from '../../fakes/evaluation.ts';
import { roleArn } from '../../fakes/events.ts';

const id = '11111111-2222-3333-4444-555555555555';
const aws = { 'cwii.dev/aws-role-arn': roleArn };
const az = { 'cwii.dev/az-client-id': id, 'cwii.dev/az-tenant-id': id };
const gcp = {
  'cwii.dev/gcp-inject': 'true',
  'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
};

const kinds = ['pod', 'owner', 'serviceaccount', 'namespace'] as const;

interface Example {
  readonly env?: Record<string, string>;
  readonly apiAudiences?: readonly string[];
  readonly labels?: Annotations;
}

function evaluated(annotations: Partial<Record<ScopeKind, Annotations>>, example: Example = {}): Evaluation {
  const { env = {}, apiAudiences, labels = {} } = example;
  const scopes = kinds.map((kind) => scopeOf(kind, annotations[kind] ?? {}));
  const target = { namespace: 'shop', pod: samplePod({ labels }) };
  return evaluate(scopes, target, parseMutateSettings(env), apiAudiences);
}
/** The outcomes of AWS, Azure and GCP. */
const outcomesOf = ({ evaluated: all }: Evaluation) => all.map(({ outcome }) => outcome.kind);
const codesOf = ({ findings }: Evaluation) => findings.map(({ code }) => code);

describe('evaluate', () => {
  it('combines annotations of three clouds from three scopes', () => {
    const evaluation = evaluated({ pod: aws, serviceaccount: az, namespace: gcp });

    expect(outcomesOf(evaluation)).toEqual(['inject', 'inject', 'inject']);
    expect(evaluation.findings).toEqual([]);
    expect(evaluation.resolution.get('cwii.dev/az-client-id')?.source.kind).toBe('serviceaccount');
  });

  it.each([
    { what: 'no cloud', pod: {}, expected: ['not-requested', 'not-requested', 'not-requested'], codes: [] },
    {
      what: 'a cloud with an invalid ID',
      pod: { ...aws, ...az, 'cwii.dev/az-client-id': 'x' },
      expected: ['inject', 'deny', 'not-requested'],
      codes: ['az-id-invalid'],
    },
    {
      what: 'a cloud without what it needs',
      pod: { ...aws, 'cwii.dev/gcp-inject': 'true' },
      expected: ['inject', 'not-requested', 'withheld'],
      codes: ['gcp-audience-missing'],
    },
    {
      what: 'a cloud that the pod suppresses',
      pod: { ...aws, ...az, 'cwii.dev/az-inject': 'false' },
      expected: ['inject', 'not-requested', 'not-requested'],
      codes: [],
    },
    {
      what: 'an unknown annotation',
      pod: { ...aws, 'cwii.dev/aws-regoin': 'x' },
      expected: ['inject', 'not-requested', 'not-requested'],
      codes: ['annotation-unknown'],
    },
  ])('gives each provider its own outcome for a pod that requests $what', ({ pod, expected, codes }) => {
    const evaluation = evaluated({ pod });

    expect(outcomesOf(evaluation)).toEqual(expected);
    expect(codesOf(evaluation)).toEqual(codes);
  });

  it('works without a pod, for all pods to come', () => {
    const target = { namespace: 'shop', pod: undefined };

    const evaluation = evaluate([scopeOf('namespace', aws)], target, parseMutateSettings({}));

    expect(outcomesOf(evaluation)).toEqual(['inject', 'not-requested', 'not-requested']);
    expect(evaluation.findings).toEqual([]);
  });
});

describe('The severity of an invalid value', () => {
  const invalidRole = { 'cwii.dev/aws-role-arn': 'web' };

  it.each([
    { scope: 'pod', onInvalid: undefined, severity: 'deny', outcome: 'deny' },
    { scope: 'owner', onInvalid: undefined, severity: 'deny', outcome: 'deny' },
    { scope: 'serviceaccount', onInvalid: undefined, severity: 'warn', outcome: 'withheld' },
    { scope: 'namespace', onInvalid: undefined, severity: 'warn', outcome: 'withheld' },
    ...kinds.flatMap((scope) => [
      { scope, onInvalid: 'warn', severity: 'warn', outcome: 'withheld' },
      { scope, onInvalid: 'deny', severity: 'deny', outcome: 'deny' },
    ]),
  ])('is $severity on the scope $scope if CWII_ON_INVALID is $onInvalid', (example) => {
    const env = example.onInvalid === undefined ? {} : { CWII_ON_INVALID: example.onInvalid };

    const evaluation = evaluated({ [example.scope]: invalidRole }, { env });

    expect(outcomesOf(evaluation)[0]).toBe(example.outcome);
    expect(evaluation.findings).toMatchObject([
      { code: 'aws-role-arn-invalid', severity: example.severity, scope: example.scope },
    ]);
  });

  it('is warn in an annotation of another product, and other clouds are injected', () => {
    const serviceaccount = { 'eks.amazonaws.com/role-arn': 'web' };

    const evaluation = evaluated({ pod: az, serviceaccount }, { env: { CWII_NATIVE_ANNOTATIONS: 'true' } });

    expect(outcomesOf(evaluation)).toEqual(['withheld', 'inject', 'not-requested']);
    expect(evaluation.findings).toMatchObject([
      { code: 'aws-role-arn-invalid', severity: 'warn', key: 'eks.amazonaws.com/role-arn' },
    ]);
  });
});

describe('Annotations of Azure workload identity', () => {
  const env = { CWII_NATIVE_ANNOTATIONS: 'true' };
  const labels = { 'azure.workload.identity/use': 'true' };
  const pod = { 'azure.workload.identity/service-account-token-expiration': 'an hour' };
  const withClient = (clientId: string) => ({
    'azure.workload.identity/client-id': clientId,
    'azure.workload.identity/tenant-id': id,
  });

  it.each([
    { what: 'an invalid client ID', clientId: 'web', outcome: 'withheld', code: 'az-id-invalid' },
    { what: 'an unreadable lifetime', clientId: id, outcome: 'inject', code: 'token-expiration-unreadable' },
  ])('only warn about $what', ({ clientId, outcome, code }) => {
    const evaluation = evaluated({ pod, serviceaccount: withClient(clientId) }, { env, labels });

    expect(outcomesOf(evaluation)[1]).toBe(outcome);
    expect(evaluation.findings).toMatchObject([{ code, severity: 'warn' }]);
  });

  it('do not count without the label on the pod', () => {
    expect(outcomesOf(evaluated({ pod, serviceaccount: withClient(id) }, { env }))[1]).toBe('not-requested');
  });
});

describe('An audience of the API server', () => {
  const url = { CWII_KUBE_API_URL: 'https://api.example.com:6443/' };

  it.each([
    { source: 'by convention', audience: 'kubernetes', example: {} },
    { source: 'from its URL', audience: 'https://api.example.com:6443', example: { env: url } },
    {
      source: 'from the cluster’s own tokens',
      audience: 'https://issuer.example.com/',
      example: { apiAudiences: ['https://issuer.example.com'] },
    },
    {
      source: 'from the tokens, although the URL is configured too',
      audience: 'api',
      example: { apiAudiences: ['api'], env: url },
    },
  ])('that is known $source is denied even on a wide scope', ({ audience, example }) => {
    const evaluation = evaluated({ serviceaccount: { ...aws, 'cwii.dev/aws-audience': audience } }, example);

    expect(outcomesOf(evaluation)[0]).toBe('deny');
    expect(evaluation.findings).toMatchObject([
      { code: 'audience-of-api-server', severity: 'deny', scope: 'serviceaccount' },
    ]);
  });
});
