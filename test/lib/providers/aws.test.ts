// Tests the AWS provider: its variables, regions and session names, and which values are invalid.

import { describe, expect, it } from 'vitest';
import { aws } from '../../../lib/providers/aws.ts';
import { type EvaluationOptions, outcomeOf, planBy } from '../../fakes/evaluation.ts';
import { roleArn } from '../../fakes/events.ts';

const role = { 'cwii.dev/aws-role-arn': roleArn };
const extrasOf = (annotations: Record<string, string>, options?: EvaluationOptions) =>
  planBy(aws, { ...role, ...annotations }, options).extras;
const findingsOf = (annotations: Record<string, string>, options?: EvaluationOptions) =>
  outcomeOf(aws, { ...role, ...annotations }, options).findings;

describe('The AWS identity', () => {
  it('consists of a role and a token with the audience of STS', () => {
    const plan = planBy(aws, role);

    expect(plan.identity).toEqual([
      { name: 'AWS_ROLE_ARN', value: roleArn },
      { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/aws/token' },
    ]);
    expect(plan.fileVariable).toBe(plan.identity[1]);
    expect(plan.volumes).toEqual([
      {
        name: 'cwii-aws-token',
        projected: {
          sources: [{ serviceAccountToken: { path: 'token', audience: 'sts.amazonaws.com', expirationSeconds: 3600 } }],
        },
      },
    ]);
    expect(plan).toMatchObject({ extras: [], ownContainers: [], annotations: {} });
  });

  it('has the audience and lifetime that the annotations set', () => {
    const plan = planBy(aws, { ...role, 'cwii.dev/aws-audience': 'x', 'cwii.dev/aws-token-expiration': '900' });

    expect(plan.volumes[0]).toMatchObject({
      projected: { sources: [{ serviceAccountToken: { audience: 'x', expirationSeconds: 900 } }] },
    });
  });

  it('has a Windows path for the token file in a Windows pod', () => {
    const { fileVariable, mounts } = planBy(aws, role, { pod: { windows: true } });

    expect(fileVariable?.value).toBe('C:\\var\\run\\secrets\\cwii.dev\\aws\\token');
    expect(mounts[0].mountPath).toBe('/var/run/secrets/cwii.dev/aws');
  });

  it('is skipped with a warning if it is requested without a role', () => {
    expect(outcomeOf(aws, { 'cwii.dev/aws-inject': 'true' })).toMatchObject({
      kind: 'withheld',
      findings: [{ code: 'aws-role-missing', severity: 'warn', key: 'cwii.dev/aws-inject' }],
    });
  });

  it.each([
    ['arn:aws:iam::123456789012:role/a', 'mx-central-1'],
    ['arn:aws-cn:iam::123456789012:role/a', 'cn-northwest-1'],
    ['arn:aws-us-gov:iam::123456789012:role/path/to/a', 'us-gov-west-1'],
    ['arn:aws-iso:iam::123456789012:role/a', 'us-iso-west-1'],
    ['arn:aws-iso-b:iam::123456789012:role/a+b=c,d.e@f-g_h', 'us-isob-east-1'],
    ['arn:aws-iso-e:iam::123456789012:role/a', 'eu-isoe-west-1'],
    ['arn:aws-iso-f:iam::123456789012:role/a', 'us-isof-south-1'],
    ['arn:aws-eusc:iam::123456789012:role/a', 'eusc-de-east-1'],
  ])('accepts the role %s with a region of its partition, and warns about one of another partition', (arn, region) => {
    const annotations = { 'cwii.dev/aws-role-arn': arn, 'cwii.dev/aws-region': region };
    const other = { ...annotations, 'cwii.dev/aws-region': arn.startsWith('arn:aws:') ? 'cn-north-1' : 'us-east-1' };

    expect(outcomeOf(aws, annotations)).toMatchObject({ kind: 'inject', findings: [] });
    expect(outcomeOf(aws, other)).toMatchObject({ kind: 'inject', findings: [{ code: 'aws-partition-mismatch' }] });
  });

  it.each([
    'web',
    'arn:aws:iam::123456789012:user/a',
    'arn:aws:iam::12345678901:role/a',
    'arn:aws:iam::123456789012:role/',
    'arn:aws:iam:us-east-1:123456789012:role/a',
    'arn:azure:iam::123456789012:role/a',
    `arn:aws:iam::123456789012:role/${'a'.repeat(65)}`,
    'arn:aws:iam::123456789012:role/a\narn:aws:iam::123456789012:role/b',
  ])('rejects the role %j', (arn) => {
    const annotations = { 'cwii.dev/aws-role-arn': arn };

    expect(outcomeOf(aws, annotations)).toMatchObject({
      kind: 'deny',
      findings: [{ code: 'aws-role-arn-invalid', severity: 'deny' }],
    });
    expect(outcomeOf(aws, annotations, { severity: 'warn' }).kind).toBe('withheld');
  });

  it('is denied with one finding for each value that is not allowed', () => {
    const env = { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::*:role/${namespace}-*', CWII_ALLOWED_AUDIENCES: 'sts.*' };

    const outcome = outcomeOf(aws, { ...role, 'cwii.dev/aws-audience': 'x' }, { env, severity: 'warn' });

    expect(outcome).toMatchObject({
      kind: 'deny',
      findings: [
        { code: 'not-allowed', severity: 'deny', key: 'cwii.dev/aws-role-arn' },
        { code: 'not-allowed', severity: 'deny', key: 'cwii.dev/aws-audience' },
      ],
    });
  });
});

describe('The AWS region', () => {
  const region = { 'cwii.dev/aws-region': 'eu-central-1' };

  it('comes from the annotation, else from the default', () => {
    const env = { CWII_AWS_DEFAULT_REGION: 'us-east-1' };

    expect(extrasOf(region, { env })).toEqual([{ name: 'AWS_REGION', value: 'eu-central-1' }]);
    expect(extrasOf({}, { env })).toEqual([{ name: 'AWS_REGION', value: 'us-east-1' }]);
    expect(extrasOf({})).toEqual([]);
  });

  it('is also set as AWS_DEFAULT_REGION, which boto3 reads, if that is configured', () => {
    const env = { CWII_AWS_SET_DEFAULT_REGION: 'true' };

    expect(extrasOf(region, { env })).toEqual([
      { name: 'AWS_REGION', value: 'eu-central-1' },
      { name: 'AWS_DEFAULT_REGION', value: 'eu-central-1' },
    ]);
    expect(extrasOf({}, { env })).toEqual([]);
  });

  it.each(['us-east-1', 'us-gov-west-1', 'ap-southeast-4', 'eusc-de-east-1', 'us-isob-east-1'])('can be %s', (code) => {
    const codes = findingsOf({ 'cwii.dev/aws-region': code }).map((finding) => finding.code);
    expect(codes).not.toContain('aws-region-invalid');
  });

  it('is also set as AWS_DEFAULT_REGION if an annotation asks for it', () => {
    const asked = { ...region, 'cwii.dev/aws-set-default-region': 'true' };
    expect(extrasOf(asked).map(({ name }) => name)).toEqual(['AWS_REGION', 'AWS_DEFAULT_REGION']);
  });

  it.each(['us-east', 'US-EAST-1', 'us_east_1', 'us-east-1a', '1', 'us-east-1 us-east-2'])(
    'is not set, not even to the default, if the annotation has the invalid value %s',
    (code) => {
      const env = { CWII_AWS_DEFAULT_REGION: 'us-east-1' };

      expect(extrasOf({ 'cwii.dev/aws-region': code }, { env })).toEqual([]);
      expect(findingsOf({ 'cwii.dev/aws-region': code }, { env })).toMatchObject([
        { code: 'aws-region-invalid', severity: 'warn' },
      ]);
    },
  );
});

describe('The AWS session name', () => {
  const named = (name: string) => ({ 'cwii.dev/aws-role-session-name': name });

  it.each(['ab', 'a'.repeat(64), 'a+b=c,d.e@f-g_h'])('accepts %s', (name) => {
    expect(extrasOf(named(name))).toEqual([{ name: 'AWS_ROLE_SESSION_NAME', value: name }]);
    expect(findingsOf(named(name))).toEqual([]);
  });

  it.each([
    ['$(pod.name)', 'metadata.name'],
    ['$(pod.uid)', 'metadata.uid'],
  ])('%s refers to the field %s of the pod', (name, fieldPath) => {
    expect(extrasOf(named(name))).toEqual([
      { name: 'AWS_ROLE_SESSION_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } },
    ]);
    expect(findingsOf(named(name))).toEqual([]);
  });

  it.each([
    { name: '$(pod.name)', longestName: 64, codes: [] },
    { name: '$(pod.name)', longestName: 65, codes: ['aws-session-name-long'] },
    { name: '$(pod.uid)', longestName: 253, codes: [] },
  ])('$name gives the warnings $codes if the pod’s name can have $longestName characters', (example) => {
    const { name, longestName, codes } = example;

    expect(findingsOf(named(name), { pod: { longestName } }).map(({ code }) => code)).toEqual(codes);
    expect(extrasOf(named(name), { pod: { longestName } })).toHaveLength(1);
  });

  it.each(['a', 'a'.repeat(65), 'a b', '$(pod.namespace)', 'x-$(pod.name)', 'toString()', '$(POD.NAME)'])(
    'is not set if the annotation has the invalid value %s',
    (name) => {
      expect(extrasOf(named(name))).toEqual([]);
      expect(findingsOf(named(name))).toMatchObject([{ code: 'aws-session-name-invalid', severity: 'warn' }]);
    },
  );
});

describe('AWS_STS_REGIONAL_ENDPOINTS', () => {
  it.each([
    ['true', [{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' }]],
    ['false', []],
  ])('is set only if the annotation is true: %s', (value, extras) => {
    expect(extrasOf({ 'cwii.dev/aws-sts-regional-endpoints': value })).toEqual(extras);
  });
});
