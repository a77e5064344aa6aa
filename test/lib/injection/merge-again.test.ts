// Knows what of an earlier pass over a pod is recognised as ours, and what only looks like it.

import { describe, expect, it } from 'vitest';
import { merge } from '../../../lib/injection/merge.ts';
import { OWN_CONTAINER_MOUNT, type ProviderPlan } from '../../../lib/injection/plan.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { ownOf, planOf, targetOf } from '../../fakes/plans.ts';
import { viewOf } from '../../fakes/views.ts';

const elsewhere = { ...OWN_CONTAINER_MOUNT, mountPath: '/elsewhere' };

const mergeInto = (change: (pod: PodManifest) => void, ...plans: ProviderPlan[]) =>
  merge(
    viewOf(podOf(change)),
    'Pod shop/web',
    plans.map((plan) => targetOf(plan)),
  );

describe('what an earlier pass has done', () => {
  const plan = planOf('a');
  const injectedPod = ({ metadata, spec }: PodManifest) => {
    metadata.annotations = { 'cwii.dev/injected': 'aws' };
    spec.volumes = [structuredClone(plan.volumes[0]) as { name: string }];
    spec.containers = [{ name: 'app', env: [...plan.identity], volumeMounts: [plan.mounts[0]] }];
    spec.initContainers = [{ name: 'cwii-a-check', volumeMounts: [plan.mounts[0], OWN_CONTAINER_MOUNT] }];
  };
  const checked: ProviderPlan = { ...plan, ownContainers: [ownOf('verifier', 'cwii-a-check', plan)] };

  it('is left as it is, without a word', () => {
    expect(mergeInto(injectedPod, checked)).toEqual({
      plan: {
        volumes: [],
        containers: [],
        initContainers: [
          { before: 0, containers: [] },
          { before: 0, containers: [] },
        ],
        annotations: {},
      },
      injected: ['aws'],
      findings: [],
    });
  });

  it('is recognised with the file mode that the API server fills in', () => {
    const { findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.volumes = [{ name: 'a-token', projected: { sources: [{ audience: 'a' }], defaultMode: 0o644 } }];
    }, checked);

    expect(findings).toEqual([]);
  });

  it('is not recognised with another file mode', () => {
    const { findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.volumes = [{ name: 'a-token', projected: { sources: [{ audience: 'a' }], defaultMode: 0o600 } }];
    }, checked);

    expect(findings).toMatchObject([{ code: 'volume-name-taken' }]);
  });

  it.each([
    { what: 'that mounts nothing', volumeMounts: [] },
    { what: 'that mounts only the token', volumeMounts: [plan.mounts[0]] },
    { what: 'that mounts the volume of our own containers elsewhere', volumeMounts: [elsewhere] },
  ])('is not a container of our name $what', ({ volumeMounts }) => {
    const { findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.initContainers = [{ name: 'cwii-a-check', volumeMounts }];
    }, checked);

    expect(findings).toMatchObject([{ code: 'container-name-taken', severity: 'deny', key: 'cwii-a-check' }]);
  });

  it('is not a mount without its volume', () => {
    const { plan: again, findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.volumes = [];
      pod.spec.initContainers = [];
    }, plan);

    expect(again.volumes).toEqual([]);
    expect(findings).toMatchObject([{ code: 'aws-identity-kept', severity: 'warn', key: 'a_ROLE' }]);
  });

  it('is completed by the mount alone where only that is there', () => {
    const { plan: again } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ ...plan.mounts[0] }] }];
    }, plan);

    expect(again.containers).toMatchObject([{ env: plan.identity, volumeMounts: [] }]);
  });
});
