// Knows the identity of AWS: its variables, the names of its sessions, and what of its annotations cannot be used.

import { describe, expect, it } from 'vitest';
import { aws } from '../../../lib/providers/aws.ts';
import { roleArn } from '../../fakes/events.ts';
import { outcomeOf, type Planning, planBy } from '../../fakes/planning.ts';

const role = { 'cwii.dev/aws-role-arn': roleArn };
const extrasOf = (annotations: Record<string, string>, planning?: Planning) =>
  planBy(aws, { ...role, ...annotations }, planning).extras;
const findingsOf = (annotations: Record<string, string>, planning?: Planning) =>
  outcomeOf(aws, { ...role, ...annotations }, planning).findings;

describe('the identity of AWS', () => {
  it('is a role and a token with the audience of STS', () => {
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

  it('has the audience and lifetime of the annotations', () => {
    const plan = planBy(aws, { ...role, 'cwii.dev/aws-audience': 'x', 'cwii.dev/aws-token-expiration': '900' });

    expect(plan.volumes[0]).toMatchObject({
      projected: { sources: [{ serviceAccountToken: { audience: 'x', expirationSeconds: 900 } }] },
    });
  });

  it('names the token file as Windows programs need it in a Windows pod', () => {
    const { fileVariable, mounts } = planBy(aws, role, { pod: { windows: true } });

    expect(fileVariable.value).toBe('C:\\var\\run\\secrets\\cwii.dev\\aws\\token');
    expect(mounts[0].mountPath).toBe('/var/run/secrets/cwii.dev/aws');
  });

  it('is not there where it is wanted without a role, and the pod is told', () => {
    expect(outcomeOf(aws, { 'cwii.dev/aws-inject': 'true' })).toMatchObject({
      kind: 'skip',
      findings: [{ code: 'aws-role-missing', severity: 'warn', key: 'cwii.dev/aws-inject' }],
    });
  });

  it.each([
    'arn:aws:iam::123456789012:role/a',
    'arn:aws-cn:iam::123456789012:role/a',
    'arn:aws-us-gov:iam::123456789012:role/path/to/a',
    'arn:aws-iso-b:iam::123456789012:role/a+b=c,d.e@f-g_h',
  ])('takes the role %s', (arn) => {
    const annotations = { 'cwii.dev/aws-role-arn': arn, 'cwii.dev/aws-region': 'us-gov-west-1' };

    expect(outcomeOf(aws, annotations)).toMatchObject({ kind: 'inject', findings: [] });
  });

  it('is told of the region that a role of another partition needs', () => {
    const annotations = { 'cwii.dev/aws-role-arn': 'arn:aws-cn:iam::123456789012:role/a' };

    expect(outcomeOf(aws, annotations)).toMatchObject({ kind: 'inject', findings: [{ code: 'aws-region-missing' }] });
    expect(outcomeOf(aws, annotations, { env: { CWII_AWS_DEFAULT_REGION: 'cn-north-1' } }).findings).toEqual([]);
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
  ])('refuses the role %j', (arn) => {
    const annotations = { 'cwii.dev/aws-role-arn': arn };

    expect(outcomeOf(aws, annotations)).toMatchObject({
      kind: 'deny',
      findings: [{ code: 'aws-role-arn-invalid', severity: 'deny' }],
    });
    expect(outcomeOf(aws, annotations, { severity: 'warn' }).kind).toBe('skip');
  });

  it('is refused where neither role nor audience is allowed, with both rules named', () => {
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

describe('the region', () => {
  const region = { 'cwii.dev/aws-region': 'eu-central-1' };

  it('is the one of the annotation, else the default, else none', () => {
    const env = { CWII_AWS_DEFAULT_REGION: 'us-east-1' };

    expect(extrasOf(region, { env })).toEqual([{ name: 'AWS_REGION', value: 'eu-central-1' }]);
    expect(extrasOf({}, { env })).toEqual([{ name: 'AWS_REGION', value: 'us-east-1' }]);
    expect(extrasOf({})).toEqual([]);
  });

  it('is set under the name that boto3 reads too, where that is configured', () => {
    const env = { CWII_AWS_SET_DEFAULT_REGION: 'true' };

    expect(extrasOf(region, { env })).toEqual([
      { name: 'AWS_REGION', value: 'eu-central-1' },
      { name: 'AWS_DEFAULT_REGION', value: 'eu-central-1' },
    ]);
    expect(extrasOf({}, { env })).toEqual([]);
  });

  it.each(['us-east-1', 'us-gov-west-1', 'ap-southeast-4', 'eusc-de-east-1', 'us-isob-east-1'])('can be %s', (code) => {
    expect(findingsOf({ 'cwii.dev/aws-region': code })).toEqual([]);
  });

  it.each(['us-east', 'US-EAST-1', 'us_east_1', 'us-east-1a', '1', 'us-east-1 us-east-2'])(
    'that is none, %s, is left out with a warning, and the default with it',
    (code) => {
      const env = { CWII_AWS_DEFAULT_REGION: 'us-east-1' };

      expect(extrasOf({ 'cwii.dev/aws-region': code }, { env })).toEqual([]);
      expect(findingsOf({ 'cwii.dev/aws-region': code }, { env })).toMatchObject([
        { code: 'aws-region-invalid', severity: 'warn' },
      ]);
    },
  );
});

describe('the name of a session', () => {
  const named = (name: string) => ({ 'cwii.dev/aws-role-session-name': name });

  it.each(['ab', 'a'.repeat(64), 'a+b=c,d.e@f-g_h'])('is %s as it is written', (name) => {
    expect(extrasOf(named(name))).toEqual([{ name: 'AWS_ROLE_SESSION_NAME', value: name }]);
    expect(findingsOf(named(name))).toEqual([]);
  });

  it.each([
    ['$(pod.name)', 'metadata.name'],
    ['$(pod.uid)', 'metadata.uid'],
  ])('%s is a field of the pod', (name, fieldPath) => {
    expect(extrasOf(named(name))).toEqual([
      { name: 'AWS_ROLE_SESSION_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } },
    ]);
    expect(findingsOf(named(name))).toEqual([]);
  });

  it.each([
    { name: '$(pod.name)', nameLength: 64, codes: [] },
    { name: '$(pod.name)', nameLength: 65, codes: ['aws-session-name-long'] },
    { name: '$(pod.uid)', nameLength: 253, codes: [] },
  ])('$name of a pod whose name has $nameLength characters is told of as $codes', ({ name, nameLength, codes }) => {
    expect(findingsOf(named(name), { pod: { nameLength } }).map(({ code }) => code)).toEqual(codes);
    expect(extrasOf(named(name), { pod: { nameLength } })).toHaveLength(1);
  });

  it.each(['a', 'a'.repeat(65), 'a b', '$(pod.namespace)', 'x-$(pod.name)', 'toString()', '$(POD.NAME)'])(
    '%s is left out with a warning',
    (name) => {
      expect(extrasOf(named(name))).toEqual([]);
      expect(findingsOf(named(name))).toMatchObject([{ code: 'aws-session-name-invalid', severity: 'warn' }]);
    },
  );
});

describe('the regional endpoints of STS', () => {
  it.each([
    ['true', [{ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' }]],
    ['false', []],
  ])('are set where that is %s', (value, extras) => {
    expect(extrasOf({ 'cwii.dev/aws-sts-regional-endpoints': value })).toEqual(extras);
  });
});
