// Tests how several clouds share a pod: containers, conflicts with volumes and mounts, and annotations.

import { describe, expect, it } from 'vitest';
import { merge } from '../../../lib/injection/merge.ts';
import type { Target } from '../../../lib/injection/plan.ts';
import { readPod } from '../../../lib/kubernetes/pod.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { planOf, targetOf } from '../../fakes/plans.ts';

const mergeInto = (change: (pod: PodManifest) => void, ...targets: Target[]) =>
  merge(readPod(podOf(change), 'shop'), targets);
const unchanged = () => undefined;

const aws = planOf('aws');
const az = planOf('az', { provider: 'az' });
const gcp = planOf('gcp', {
  provider: 'gcp',
  volumes: [
    { name: 'gcp-token', projected: {} },
    { name: 'gcp-creds', downwardAPI: { items: [] } },
  ],
  mounts: [
    { name: 'gcp-token', mountPath: '/run/gcp', readOnly: true },
    { name: 'gcp-creds', mountPath: '/run/gcp-creds', readOnly: true },
  ],
  annotations: { 'cwii.dev/gcp-credentials': '{}' },
});
const clouds = [aws, az, gcp];

describe('Three clouds in one pod', () => {
  it('add their volumes, mounts and variables, and are listed sorted', () => {
    const { plan, injected, findings } = mergeInto(unchanged, ...[gcp, aws, az].map((cloud) => targetOf(cloud)));

    expect(plan.volumes.map(({ name }) => name)).toEqual(['gcp-token', 'gcp-creds', 'aws-token', 'az-token']);
    expect(plan.containers).toEqual([
      {
        list: 'containers',
        index: 0,
        env: [gcp, aws, az].flatMap(({ identity }) => identity),
        volumeMounts: [gcp, aws, az].flatMap(({ mounts }) => mounts),
      },
    ]);
    expect(plan.annotations).toEqual({ 'cwii.dev/injected': 'aws,az,gcp', 'cwii.dev/gcp-credentials': '{}' });
    expect(injected).toEqual(['aws', 'az', 'gcp']);
    expect(findings).toEqual([]);
  });

  it('are each added to the containers that are chosen for it', () => {
    const { plan } = mergeInto(
      ({ spec }) => {
        spec.initContainers = [{ name: 'setup' }];
        spec.containers = [{ name: 'app' }, { name: 'proxy' }];
      },
      targetOf(aws),
      targetOf(az, (name) => name === 'app'),
      targetOf(gcp, (name) => name === 'setup'),
    );

    const got = plan.containers.map(({ list, index, env }) => `${list} ${index}: ${env.map(({ name }) => name)}`);
    expect(got).toEqual([
      'initContainers 0: aws_ROLE,aws_TOKEN_FILE,gcp_ROLE,gcp_TOKEN_FILE',
      'containers 0: aws_ROLE,aws_TOKEN_FILE,az_ROLE,az_TOKEN_FILE',
      'containers 1: aws_ROLE,aws_TOKEN_FILE',
    ]);
  });

  it('do not include a cloud without a chosen container', () => {
    const { plan, injected } = mergeInto(
      unchanged,
      targetOf(aws),
      targetOf(gcp, () => false),
    );

    expect(plan.volumes.map(({ name }) => name)).toEqual(['aws-token']);
    expect(plan.annotations).toEqual({ 'cwii.dev/injected': 'aws' });
    expect(injected).toEqual(['aws']);
  });

  it('do not include a cloud for which every container keeps its own identity', () => {
    const { injected, findings } = mergeInto(
      ({ spec }) => {
        spec.containers = [{ name: 'app', env: [{ name: 'az_TOKEN_FILE', value: '/own' }] }];
      },
      ...clouds.map((cloud) => targetOf(cloud)),
    );

    expect(injected).toEqual(['aws', 'gcp']);
    expect(findings).toMatchObject([{ code: 'aws-identity-kept', key: 'az_TOKEN_FILE' }]);
  });
});

describe('A mount of the pod', () => {
  it.each(['/run/gcp-creds', '/run/gcp-creds/credentials.json', '/run/gcp/token'])(
    'at %s is a conflict',
    (mountPath) => {
      const { findings } = mergeInto(({ spec }) => {
        spec.containers = [{ name: 'app', volumeMounts: [{ name: 'data', mountPath }] }];
      }, targetOf(gcp));

      expect(findings).toMatchObject([{ code: 'mount-path-taken', severity: 'deny', key: mountPath }]);
    },
  );

  it.each(['/run', '/run/gcp-credentials', '/run/gcp2'])('at %s is not a conflict', (mountPath) => {
    const { findings, injected } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ name: 'data', mountPath }] }];
    }, targetOf(gcp));

    expect({ findings, injected }).toEqual({ findings: [], injected: ['gcp'] });
  });

  it('is checked in linear time, however long its path is', () => {
    const mountPath = `${'/'.repeat(50_000)}x`;
    const { injected } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ name: 'gcp-token', mountPath }] }];
    }, targetOf(gcp));

    expect(injected).toEqual(['gcp']);
  });
});

describe('A volume of the pod with a name that cwii needs', () => {
  it.each([
    { what: 'equal to the planned volume', source: { downwardAPI: { items: [] } }, taken: false },
    {
      what: 'with the default mode of the API server',
      source: { downwardAPI: { items: [], defaultMode: 0o644 } },
      taken: false,
    },
    { what: 'with another mode', source: { downwardAPI: { items: [], defaultMode: 0o600 } }, taken: true },
    { what: 'with other items', source: { downwardAPI: { items: [{ path: 'x' }] } }, taken: true },
    { what: 'of another kind', source: { emptyDir: {} }, taken: true },
    { what: 'with a second source', source: { downwardAPI: { items: [] }, emptyDir: {} }, taken: true },
  ])('is a conflict if it is $what: $taken', ({ source, taken }) => {
    const { findings } = mergeInto(({ spec }) => {
      spec.volumes = [{ name: 'gcp-creds', ...source }];
    }, targetOf(gcp));

    expect(findings.map(({ code, key }) => `${code}: ${key}`)).toEqual(taken ? ['volume-name-taken: gcp-creds'] : []);
  });
});

describe('The annotation cwii.dev/gcp-credentials', () => {
  it.each<{ what: string; annotations: Record<string, string>; written: Record<string, string> }>([
    { what: 'forged', annotations: { 'cwii.dev/gcp-credentials': 'x' }, written: { 'cwii.dev/gcp-credentials': '' } },
    { what: 'empty', annotations: { 'cwii.dev/gcp-credentials': '' }, written: {} },
    { what: 'absent', annotations: {}, written: {} },
  ])('becomes $written if it is $what and GCP is not injected', ({ annotations, written }) => {
    const { plan } = mergeInto(({ metadata }) => {
      metadata.annotations = { ...annotations, 'cwii.dev/injected': 'aws' };
    }, targetOf(aws));

    expect(plan.annotations).toEqual(written);
  });

  it('is overwritten if it is forged and GCP is injected', () => {
    const { plan } = mergeInto(({ metadata }) => {
      metadata.annotations = { 'cwii.dev/gcp-credentials': '{"token_url":"https://evil.example"}' };
    }, targetOf(gcp));

    expect(plan.annotations).toEqual({ 'cwii.dev/injected': 'gcp', 'cwii.dev/gcp-credentials': '{}' });
  });
});
