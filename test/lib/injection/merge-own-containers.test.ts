// Tests the containers that cwii adds: their order, their volumes, and how a second pass recognises them.

import { describe, expect, it } from 'vitest';
import { merge } from '../../../lib/injection/merge.ts';
import type { Target } from '../../../lib/injection/plan.ts';
import { readPod } from '../../../lib/kubernetes/pod.ts';
import { OWN_CONTAINER_MOUNT, type ProviderPlan } from '../../../lib/providers/plan.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { ownOf, planOf, targetOf } from '../../fakes/plans.ts';

const mergeInto = (change: (pod: PodManifest) => void, ...targets: Target[]) =>
  merge(readPod(podOf(change), 'shop'), targets);
const unchanged = () => undefined;

const aws = planOf('aws');
const az = planOf('az', { provider: 'az' });
const gcp = planOf('gcp', { provider: 'gcp' });
const withOwn = (plan: ProviderPlan, ...roles: ('writer' | 'verifier')[]) =>
  targetOf({ ...plan, ownContainers: roles.map((role) => ownOf(role, `cwii-${plan.provider}-${role}`, plan)) });

describe('The containers of cwii', () => {
  const everything = [withOwn(aws, 'verifier'), withOwn(az, 'verifier'), withOwn(gcp, 'writer', 'verifier')];
  const written = ['cwii-gcp-writer'];
  const verified = ['cwii-aws-verifier', 'cwii-az-verifier', 'cwii-gcp-verifier'];

  it.each<{ what: string; initContainers: PodManifest['spec']['initContainers']; before: number }>([
    { what: 'no init containers', initContainers: null, before: 0 },
    { what: 'no native sidecar', initContainers: [{ name: 'setup' }], before: 0 },
    {
      what: 'native sidecars',
      initContainers: [
        { name: 'setup' },
        { name: 'mesh', restartPolicy: 'Always' },
        { name: 'logs', restartPolicy: 'Always' },
        { name: 'migrate' },
      ],
      before: 3,
    },
  ])('come first if they write, and at index $before if they verify, in a pod with $what', (example) => {
    const { plan } = mergeInto(
      ({ spec }) => {
        spec.initContainers = example.initContainers ?? null;
      },
      ...everything,
    );

    const placed = plan.initContainers.map(({ before, containers }) => [before, containers.map(({ name }) => name)]);
    expect(placed).toEqual([
      [0, written],
      [example.before, verified],
    ]);
  });

  it('share equal volumes', () => {
    const noToken = { name: OWN_CONTAINER_MOUNT.name, emptyDir: {} };
    const checked = [aws, az].map((plan) =>
      targetOf({ ...plan, ownContainers: [ownOf('verifier', `cwii-${plan.provider}-v`, plan, noToken)] }),
    );

    const { plan } = mergeInto(unchanged, ...checked);

    expect(plan.volumes.map(({ name }) => name)).toEqual(['aws-token', noToken.name, 'az-token']);
  });

  it('get no identity in a second pass, and are not added again', () => {
    const first = mergeInto(unchanged, ...everything).plan;
    const second = mergeInto(
      ({ metadata, spec }) => {
        metadata.annotations = { ...first.annotations };
        spec.volumes = structuredClone([...first.volumes]) as PodManifest['spec']['volumes'] & object;
        spec.initContainers = first.initContainers.flatMap(({ containers }) =>
          containers.map(({ name, env, volumeMounts }) => ({ name, env: [...env], volumeMounts: [...volumeMounts] })),
        ) as PodManifest['spec']['containers'];
        const app = first.containers[0];
        spec.containers = [
          {
            name: 'app',
            env: [...(app?.env ?? [])] as { name: string }[],
            volumeMounts: [...(app?.volumeMounts ?? [])],
          },
        ];
      },
      ...everything,
    );

    expect(second).toMatchObject({ injected: ['aws', 'az', 'gcp'], findings: [] });
    expect(second.plan).toMatchObject({ volumes: [], containers: [], annotations: {} });
    expect(second.plan.initContainers.flatMap(({ containers }) => containers)).toEqual([]);
  });

  it.each(['initContainers', 'containers'] as const)(
    'need their name: a container of the user with it in %s is a conflict',
    (list) => {
      const { findings } = mergeInto(
        ({ spec }) => {
          spec[list] = [{ name: 'cwii-gcp-writer', volumeMounts: list === 'containers' ? [OWN_CONTAINER_MOUNT] : [] }];
        },
        ...everything,
      );

      expect(findings).toMatchObject([{ code: 'container-name-taken', severity: 'deny', key: 'cwii-gcp-writer' }]);
    },
  );

  it('are not added for a cloud without a chosen container', () => {
    const { plan } = mergeInto(
      unchanged,
      targetOf(withOwn(gcp, 'writer', 'verifier').plan, () => false),
    );

    expect(plan.initContainers.flatMap(({ containers }) => containers)).toEqual([]);
  });
});
