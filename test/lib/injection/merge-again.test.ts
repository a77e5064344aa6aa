// Tests what a second pass recognises as the work of an earlier one, and what only resembles it.

import { describe, expect, it } from 'vitest';
import { merge } from '../../../lib/injection/merge.ts';
import { readPod } from '../../../lib/kubernetes/pod.ts';
import { OWN_CONTAINER_MOUNT, type ProviderPlan } from '../../../lib/providers/plan.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { ownOf, planOf, targetOf } from '../../fakes/plans.ts';

const elsewhere = { ...OWN_CONTAINER_MOUNT, mountPath: '/elsewhere' };

const mergeInto = (change: (pod: PodManifest) => void, ...plans: ProviderPlan[]) =>
  merge(
    readPod(podOf(change), 'shop'),
    plans.map((plan) => targetOf(plan)),
  );

describe('A second pass', () => {
  const plan = planOf('a');
  const injectedPod = ({ metadata, spec }: PodManifest) => {
    metadata.annotations = { 'cwii.dev/injected': 'aws' };
    spec.volumes = [structuredClone(plan.volumes[0]) as { name: string }];
    spec.containers = [{ name: 'app', env: [...plan.identity], volumeMounts: [plan.mounts[0]] }];
    spec.initContainers = [{ name: 'cwii-a-check', volumeMounts: [plan.mounts[0], OWN_CONTAINER_MOUNT] }];
  };
  const checked: ProviderPlan = { ...plan, ownContainers: [ownOf('verifier', 'cwii-a-check', plan)] };

  it('changes nothing and reports nothing', () => {
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

  it('accepts the file mode that the API server fills in', () => {
    const { findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.volumes = [{ name: 'a-token', projected: { sources: [{ audience: 'a' }], defaultMode: 0o644 } }];
    }, checked);

    expect(findings).toEqual([]);
  });

  it('reports a conflict for another file mode', () => {
    const { findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.volumes = [{ name: 'a-token', projected: { sources: [{ audience: 'a' }], defaultMode: 0o600 } }];
    }, checked);

    expect(findings).toMatchObject([{ code: 'volume-name-taken' }]);
  });

  it.each([
    { what: 'mounts nothing', volumeMounts: [] },
    { what: 'mounts only the token', volumeMounts: [plan.mounts[0]] },
    { what: 'mounts the volume of cwii’s containers elsewhere', volumeMounts: [elsewhere] },
  ])('does not recognise a container of cwii’s name that $what', ({ volumeMounts }) => {
    const { findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.initContainers = [{ name: 'cwii-a-check', volumeMounts }];
    }, checked);

    expect(findings).toMatchObject([{ code: 'container-name-taken', severity: 'deny', key: 'cwii-a-check' }]);
  });

  it('does not recognise a mount without its volume', () => {
    const { plan: again, findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.volumes = [];
      pod.spec.initContainers = [];
    }, plan);

    expect(again.volumes).toEqual([]);
    expect(findings).toMatchObject([{ code: 'aws-identity-kept', severity: 'warn', key: 'a_ROLE' }]);
  });

  it('keeps another role of an earlier pass, with a warning', () => {
    const { plan: again, findings } = mergeInto((pod) => {
      injectedPod(pod);
      const [role, ...others] = plan.identity;
      pod.spec.containers = [
        { name: 'app', env: [{ name: role?.name ?? '', value: 'earlier' }, ...others], volumeMounts: [plan.mounts[0]] },
      ];
    }, checked);

    expect(again.containers).toEqual([]);
    expect(findings).toMatchObject([{ code: 'identity-outdated', severity: 'warn', key: 'a_ROLE' }]);
  });

  it('adds the variables to a container that has only the mount', () => {
    const { plan: again } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ ...plan.mounts[0] }] }];
    }, plan);

    expect(again.containers).toMatchObject([{ env: plan.identity, volumeMounts: [] }]);
  });
});
