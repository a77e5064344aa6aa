// Tests the checks that all providers share: is the cloud requested, is it possible, and is it allowed.

import { describe, expect, it } from 'vitest';
import { resolve } from '../../../lib/annotations/resolve.ts';
import { aws } from '../../../lib/providers/aws.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { checkAudience, checkRequest, invalid, notAllowed } from '../../../lib/providers/request-checks.ts';
import { type EvaluationOptions, inputOf, outcomeOf, scopeOf } from '../../fakes/evaluation.ts';

const trigger = 'cwii.dev/aws-role-arn';
const check = (annotations: Record<string, string>, options?: EvaluationOptions) =>
  checkRequest(aws, inputOf(annotations, options));

describe('checkRequest', () => {
  it.each([
    { annotations: { [trigger]: 'x' }, key: trigger },
    { annotations: { [trigger]: 'x', 'cwii.dev/aws-inject': 'true' }, key: trigger },
    { annotations: { 'cwii.dev/aws-inject': 'true' }, key: 'cwii.dev/aws-inject' },
  ])('finds the request in $annotations', ({ annotations, key }) => {
    expect(check(annotations)).toMatchObject({ request: { key } });
  });

  it.each([
    {},
    { 'cwii.dev/aws-inject': 'false' },
    { 'cwii.dev/aws-inject': 'false', [trigger]: 'x' },
    { 'cwii.dev/aws-region': 'us-east-1' },
    { 'cwii.dev/az-inject': 'true', 'cwii.dev/gcp-inject': 'true' },
  ])('finds no request in %j', (annotations) => {
    expect(check(annotations)).toEqual({ outcome: { kind: 'not-requested', findings: [] } });
  });

  it.each([
    { scope: 'pod', kind: 'not-requested' },
    { scope: 'owner', kind: 'withheld' },
    { scope: 'serviceaccount', kind: 'withheld' },
    { scope: 'namespace', kind: 'withheld' },
  ] as const)('returns $kind without a finding if the scope $scope suppresses the cloud', ({ scope, kind }) => {
    // A wider scope may come from the cache. With "skip", it is read again before the answer.
    const scopes = [scopeOf('owner', { [trigger]: 'x' }), scopeOf(scope, { 'cwii.dev/aws-inject': 'false' })];

    expect(checkRequest(aws, { ...inputOf({}), resolution: resolve(scopes) })).toEqual({
      outcome: { kind, findings: [] },
    });
  });

  it.each([
    { id: 'aws', key: 'cwii.dev/aws-role-arn', name: 'CWII_AWS_ENABLED' },
    { id: 'az', key: 'cwii.dev/az-client-id', name: 'CWII_AZ_ENABLED' },
    { id: 'gcp', key: 'cwii.dev/gcp-service-account', name: 'CWII_GCP_ENABLED' },
  ] as const)('skips the provider $id if $name is false', ({ id, key, name }) => {
    const provider = providers.find((candidate) => candidate.id === id) ?? aws;

    expect(outcomeOf(provider, { [key]: 'x' }, { env: { [name]: 'false' } })).toMatchObject({
      kind: 'withheld',
      findings: [
        { code: 'provider-disabled', severity: 'warn', key, message: expect.stringContaining(provider.cloud) },
      ],
    });
  });

  it('reports no disabled provider that is not requested', () => {
    expect(check({}, { env: { CWII_AWS_ENABLED: 'false' } }).outcome).toEqual({ kind: 'not-requested', findings: [] });
  });

  it('skips the provider for a pod without a ServiceAccount', () => {
    expect(check({ [trigger]: 'x' }, { pod: { serviceAccountName: undefined } }).outcome).toMatchObject({
      kind: 'withheld',
      findings: [{ code: 'service-account-missing', severity: 'warn', key: trigger }],
    });
  });

  it('does not ask for a ServiceAccount if no pod is known', () => {
    expect(check({ [trigger]: 'x' }, { pod: null })).toMatchObject({ request: { key: trigger } });
  });
});

describe('The registry of providers', () => {
  it('lists AWS, Azure and GCP', () => {
    expect(providers.map(({ id, cloud }) => `${id}: ${cloud}`)).toEqual(['aws: AWS', 'az: Azure', 'gcp: GCP']);
  });

  it.each(providers)('includes $cloud, which is not requested by a pod without annotations', (provider) => {
    expect(outcomeOf(provider, {})).toEqual({ kind: 'not-requested', findings: [] });
  });
});

describe('invalid', () => {
  it.each([
    { severity: 'deny', kind: 'deny', problem: 'not the ARN of an IAM role; ' },
    { severity: 'warn', kind: 'withheld', problem: 'not the ARN of an IAM role, so nothing is injected for AWS; ' },
  ] as const)('returns $kind if the severity of the value is $severity', ({ severity, kind, problem }) => {
    const input = inputOf({ [trigger]: 'x' }, { severity });
    const role = input.resolution.get(trigger);
    if (!role) throw new Error('the role is explicit');

    expect(invalid('aws-role-arn-invalid', role, 'AWS', input)).toMatchObject({
      kind,
      findings: [{ code: 'aws-role-arn-invalid', severity, message: expect.stringContaining(problem) }],
    });
  });
});

describe('notAllowed', () => {
  const env = { CWII_ALLOWED_ROLE_ARNS: 'role/${namespace}-*' };
  const findingsOf = (value: string, kind: 'pod' | 'namespace' = 'pod') => {
    const input = {
      ...inputOf({}, { env, severity: 'warn' }),
      resolution: resolve([scopeOf(kind, { [trigger]: value })]),
    };
    return notAllowed(input.resolution.get(trigger), 'awsRoleArn', value, input);
  };

  it.each(['pod', 'namespace'] as const)('denies a value on the %s, and names the setting', (kind) => {
    expect(findingsOf('role/bank-x', kind)).toMatchObject([
      {
        code: 'not-allowed',
        severity: 'deny',
        value: 'role/bank-x',
        message: expect.stringContaining('CWII_ALLOWED_ROLE_ARNS'),
      },
    ]);
  });

  it('allows a value that matches in the namespace of the pod', () => {
    expect(findingsOf('role/shop-x')).toEqual([]);
  });

  it('ignores a value that no scope sets', () => {
    expect(notAllowed(undefined, 'awsRoleArn', '', inputOf({}, { env }))).toEqual([]);
  });
});

describe('checkAudience', () => {
  const key = 'cwii.dev/aws-audience';
  const findingsOf = (audience: string, env: Record<string, string> = {}, apiAudiences: string[] = []) => {
    const input = inputOf({ [key]: audience }, { env, apiAudiences });
    return checkAudience(input.resolution.get(key), input);
  };

  it('allows any audience that is not one of the API server, unless a guard rail is set', () => {
    expect(findingsOf('anything')).toEqual([]);
    expect(checkAudience(undefined, inputOf({}))).toEqual([]);
  });

  it.each(['kubernetes', ' https://kubernetes.default.svc.cluster.local/ ', 'https://api.example.com:6443/'])(
    'denies the audience %j of the API server, even if all audiences are allowed',
    (audience) => {
      const findings = findingsOf(audience, { CWII_ALLOWED_AUDIENCES: '*' }, ['https://api.example.com:6443']);

      expect(findings).toMatchObject([{ code: 'audience-of-api-server', severity: 'deny', key }]);
    },
  );

  it('allows only audiences that match the guard rail', () => {
    const env = { CWII_ALLOWED_AUDIENCES: 'sts.amazonaws.com,api://*' };

    expect(findingsOf('sts.amazonaws.com', env)).toEqual([]);
    expect(findingsOf('sts.amazonaws.com.evil.example', env)).toMatchObject([
      { code: 'not-allowed', severity: 'deny', message: expect.stringContaining('CWII_ALLOWED_AUDIENCES') },
    ]);
  });

  it('compares the canonical form with the guard rail', () => {
    const input = inputOf({ [key]: 'https:x' }, { env: { CWII_ALLOWED_AUDIENCES: 'x' } });

    expect(checkAudience(input.resolution.get(key), input, (audience) => audience.slice('https:'.length))).toEqual([]);
  });
});
