// Knows what all providers answer alike: who asks, what cannot be given, and what the cluster's owner does not allow.

import { describe, expect, it } from 'vitest';
import { resolve } from '../../../lib/annotations/resolve.ts';
import { checkAudience, invalid, notAllowed, whoAsks } from '../../../lib/providers/asking.ts';
import { aws } from '../../../lib/providers/aws.ts';
import { providers } from '../../../lib/providers/registry.ts';
import { inputOf, type Planning, scopeOf } from '../../fakes/planning.ts';

const trigger = 'cwii.dev/aws-role-arn';
const ask = (annotations: Record<string, string>, planning?: Planning) => whoAsks(aws, inputOf(annotations, planning));

describe('a provider', () => {
  it.each([
    { annotations: { [trigger]: 'x' }, key: trigger },
    { annotations: { [trigger]: 'x', 'cwii.dev/aws-inject': 'true' }, key: trigger },
    { annotations: { 'cwii.dev/aws-inject': 'true' }, key: 'cwii.dev/aws-inject' },
  ])('is asked for by $annotations', ({ annotations, key }) => {
    expect(ask(annotations)).toMatchObject({ asked: { key } });
  });

  it.each([
    {},
    { 'cwii.dev/aws-inject': 'false' },
    { 'cwii.dev/aws-inject': 'false', [trigger]: 'x' },
    { 'cwii.dev/aws-region': 'us-east-1' },
    { 'cwii.dev/az-inject': 'true', 'cwii.dev/gcp-inject': 'true' },
  ])('is not asked for by %j, and nothing is said', (annotations) => {
    expect(ask(annotations)).toEqual({ asked: undefined, outcome: { kind: 'not-asked', findings: [] } });
  });

  it.each([
    { id: 'aws', key: 'cwii.dev/aws-role-arn', name: 'CWII_AWS_ENABLED' },
    { id: 'az', key: 'cwii.dev/az-client-id', name: 'CWII_AZ_ENABLED' },
    { id: 'gcp', key: 'cwii.dev/gcp-service-account', name: 'CWII_GCP_ENABLED' },
  ] as const)('that is switched off ($name) is skipped, and the asker is told by whom', ({ id, key, name }) => {
    const provider = providers.find((candidate) => candidate.id === id);

    const outcome = provider?.plan(inputOf({ [key]: 'x' }, { env: { [name]: 'false' } }));

    expect(outcome).toMatchObject({
      kind: 'skip',
      findings: [{ code: 'provider-disabled', severity: 'warn', key, message: expect.stringContaining(name) }],
    });
  });

  it('that is switched off is nobody’s business where nobody asks', () => {
    expect(ask({}, { env: { CWII_AWS_ENABLED: 'false' } }).outcome).toEqual({ kind: 'not-asked', findings: [] });
  });

  it('is skipped for a pod without a ServiceAccount, and the asker is told', () => {
    expect(ask({ [trigger]: 'x' }, { pod: { hasServiceAccount: false } }).outcome).toMatchObject({
      kind: 'skip',
      findings: [{ code: 'service-account-missing', severity: 'warn', key: trigger }],
    });
  });
});

describe('the providers', () => {
  it('are three, each known by its own name', () => {
    expect(providers.map(({ id, cloud }) => `${id}: ${cloud}`)).toEqual(['aws: AWS', 'az: Azure', 'gcp: GCP']);
  });

  it('are none of them asked for by a pod that says nothing', () => {
    for (const provider of providers) expect(provider.plan(inputOf({}))).toEqual({ kind: 'not-asked', findings: [] });
  });
});

describe('a value that makes the identity impossible', () => {
  const at = (kind: 'deny' | 'warn') => {
    const input = inputOf({ [trigger]: 'x' }, { severity: kind });
    const role = input.resolution.get(trigger);
    if (!role) throw new Error('the role is explicit');
    return invalid('aws-role-arn-invalid', role, 'AWS', { problem: 'no ARN', remedy: 'write one' }, input);
  };

  it('refuses the pod with the problem and the remedy', () => {
    expect(at('deny')).toMatchObject({ kind: 'deny', findings: [{ severity: 'deny', message: 'no ARN; write one' }] });
  });

  it('or skips the provider, and says so', () => {
    expect(at('warn')).toMatchObject({
      kind: 'skip',
      findings: [{ severity: 'warn', message: 'no ARN, so nothing is injected for AWS; write one' }],
    });
  });
});

describe('a value that the cluster owner does not allow', () => {
  const env = { CWII_ALLOWED_ROLE_ARNS: 'role/${namespace}-*' };
  const check = (value: string, kind: 'pod' | 'namespace' = 'pod') => {
    const input = {
      ...inputOf({}, { env, severity: 'warn' }),
      resolution: resolve([scopeOf(kind, { [trigger]: value })]),
    };
    return notAllowed(input.resolution.get(trigger), 'CWII_ALLOWED_ROLE_ARNS', value, input);
  };

  it.each(['pod', 'namespace'] as const)('is refused on the %s alike, with the name of the rule', (kind) => {
    expect(check('role/bank-x', kind)).toMatchObject([
      { code: 'not-allowed', severity: 'deny', message: expect.stringContaining('CWII_ALLOWED_ROLE_ARNS') },
    ]);
  });

  it('is not one that matches in the namespace of the pod', () => {
    expect(check('role/shop-x')).toEqual([]);
  });

  it('is not one that nobody set', () => {
    const input = inputOf({}, { env });

    expect(notAllowed(undefined, 'CWII_ALLOWED_ROLE_ARNS', '', input)).toEqual([]);
  });
});

describe('the audience of a token', () => {
  const key = 'cwii.dev/aws-audience';
  const check = (audience: string, env: Record<string, string> = {}, apiAudiences: string[] = []) => {
    const input = inputOf({ [key]: audience }, { env, apiAudiences });
    return checkAudience(input.resolution.get(key), input);
  };

  it('may be any that is not the API server’s, where no list is configured', () => {
    expect(check('anything')).toEqual([]);
    expect(checkAudience(undefined, inputOf({}))).toEqual([]);
  });

  it.each(['kubernetes', ' https://kubernetes.default.svc.cluster.local/ ', 'https://api.example.com:6443/'])(
    'is never the API server’s own, even where all are allowed: %j',
    (audience) => {
      const found = check(audience, { CWII_ALLOWED_AUDIENCES: '*' }, ['https://api.example.com:6443']);

      expect(found).toMatchObject([{ code: 'audience-of-api-server', severity: 'deny', key }]);
    },
  );

  it('is one of those that are allowed', () => {
    const env = { CWII_ALLOWED_AUDIENCES: 'sts.amazonaws.com,api://*' };

    expect(check('sts.amazonaws.com', env)).toEqual([]);
    expect(check('sts.amazonaws.com.evil.example', env)).toMatchObject([
      { code: 'not-allowed', severity: 'deny', message: expect.stringContaining('CWII_ALLOWED_AUDIENCES') },
    ]);
  });
});
