// Knows how several clouds share a pod: which containers each is given, what is there already, and where ours stand.

import { describe, expect, it } from 'vitest';
import { merge, type Target } from '../../../lib/injection/merge.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { planOf, targetOf } from '../../fakes/plans.ts';
import { viewOf } from '../../fakes/views.ts';

const mergeInto = (change: (pod: PodManifest) => void, ...targets: Target[]) =>
  merge(viewOf(podOf(change)), 'Pod shop/web', targets);
const asItIs = () => undefined;

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

describe('three clouds in one pod', () => {
  it('give it their volumes, mounts and variables, and are stated sorted', () => {
    const { plan, injected, findings } = mergeInto(asItIs, ...[gcp, aws, az].map((cloud) => targetOf(cloud)));

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

  it('each go to the containers that were chosen for it', () => {
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

  it('do not include one that no container was chosen for', () => {
    const { plan, injected } = mergeInto(
      asItIs,
      targetOf(aws),
      targetOf(gcp, () => false),
    );

    expect(plan.volumes.map(({ name }) => name)).toEqual(['aws-token']);
    expect(plan.annotations).toEqual({ 'cwii.dev/injected': 'aws' });
    expect(injected).toEqual(['aws']);
  });

  it('do not include one whose identity every container keeps to itself', () => {
    const { injected, findings } = mergeInto(
      ({ spec }) => {
        spec.containers = [{ name: 'app', env: [{ name: 'az_ROLE' }] }];
      },
      ...clouds.map((cloud) => targetOf(cloud)),
    );

    expect(injected).toEqual(['aws', 'gcp']);
    expect(findings).toMatchObject([{ code: 'aws-identity-kept', key: 'az_ROLE' }]);
  });
});

describe('a mount over one of two volumes', () => {
  it.each(['/run/gcp-creds', '/run/gcp-creds/credentials.json', '/run/gcp/token'])('at %s is refused', (mountPath) => {
    const { findings } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ name: 'data', mountPath }] }];
    }, targetOf(gcp));

    expect(findings).toMatchObject([{ code: 'mount-path-taken', severity: 'deny', key: mountPath }]);
  });

  it.each(['/run', '/run/gcp-credentials', '/run/gcp2'])('is not one at %s', (mountPath) => {
    const { findings, injected } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ name: 'data', mountPath }] }];
    }, targetOf(gcp));

    expect({ findings, injected }).toEqual({ findings: [], injected: ['gcp'] });
  });

  it('with a path of any length is looked at at once', () => {
    const mountPath = `${'/'.repeat(50_000)}x`;
    const { injected } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ name: 'gcp-token', mountPath }] }];
    }, targetOf(gcp));

    expect(injected).toEqual(['gcp']);
  });
});

describe('a volume that is there already', () => {
  it.each([
    { what: 'as it was planned', source: { downwardAPI: { items: [] } }, taken: false },
    {
      what: 'with the mode of the API server',
      source: { downwardAPI: { items: [], defaultMode: 0o644 } },
      taken: false,
    },
    { what: 'with another mode', source: { downwardAPI: { items: [], defaultMode: 0o600 } }, taken: true },
    { what: 'with other items', source: { downwardAPI: { items: [{ path: 'x' }] } }, taken: true },
    { what: 'of another kind', source: { emptyDir: {} }, taken: true },
    { what: 'with a second source', source: { downwardAPI: { items: [] }, emptyDir: {} }, taken: true },
  ])('$what is taken: $taken', ({ source, taken }) => {
    const { findings } = mergeInto(({ spec }) => {
      spec.volumes = [{ name: 'gcp-creds', ...source }];
    }, targetOf(gcp));

    expect(findings.map(({ code, key }) => `${code}: ${key}`)).toEqual(taken ? ['volume-name-taken: gcp-creds'] : []);
  });
});

describe('our annotations', () => {
  it.each<{ what: string; annotations: Record<string, string>; written: Record<string, string> }>([
    { what: 'forged', annotations: { 'cwii.dev/gcp-credentials': 'x' }, written: { 'cwii.dev/gcp-credentials': '' } },
    { what: 'empty', annotations: { 'cwii.dev/gcp-credentials': '' }, written: {} },
    { what: 'not there', annotations: {}, written: {} },
  ])('are emptied where they are $what and the cloud is not given', ({ annotations, written }) => {
    const { plan } = mergeInto(({ metadata }) => {
      metadata.annotations = { ...annotations, 'cwii.dev/injected': 'aws' };
    }, targetOf(aws));

    expect(plan.annotations).toEqual(written);
  });

  it('are overwritten where they are forged and the cloud is given', () => {
    const { plan } = mergeInto(({ metadata }) => {
      metadata.annotations = { 'cwii.dev/gcp-credentials': '{"token_url":"https://evil.example"}' };
    }, targetOf(gcp));

    expect(plan.annotations).toEqual({ 'cwii.dev/injected': 'gcp', 'cwii.dev/gcp-credentials': '{}' });
  });
});
