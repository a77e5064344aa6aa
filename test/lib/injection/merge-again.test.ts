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
        corrections: [],
        removedInitContainers: [],
      },
      injected: ['aws'],
      leftovers: [],
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

  it('adds the volume that a container of an earlier pass mounts', () => {
    const { plan: again, findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.volumes = [];
      pod.spec.initContainers = [];
    }, plan);

    expect(again.volumes).toEqual(plan.volumes);
    expect(again.containers).toEqual([]);
    expect(findings).toEqual([]);
  });

  it('brings the role of an earlier admission up to date, with a warning', () => {
    const [role, ...others] = plan.identity;
    const { plan: again, findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.containers = [
        { name: 'app', env: [{ name: role?.name ?? '', value: 'earlier' }, ...others], volumeMounts: [plan.mounts[0]] },
      ];
    }, checked);

    expect(again.containers).toEqual([]);
    expect(again.corrections).toEqual([{ list: ['spec', 'containers', 0, 'env'], index: 0, item: role }]);
    expect(findings).toMatchObject([{ code: 'variable-updated', severity: 'warn', key: 'a_ROLE' }]);
  });

  it('keeps another role of a pod without a status, records it, and keeps it from then on', () => {
    const [role, ...others] = plan.identity;
    const copy = (annotations: Record<string, string>) => (pod: PodManifest) => {
      injectedPod(pod);
      pod.metadata.annotations = annotations;
      pod.spec.containers = [
        { name: 'app', env: [{ name: role?.name ?? '', value: 'earlier' }, ...others], volumeMounts: [plan.mounts[0]] },
      ];
    };
    const written = { 'cwii.dev/injected': 'aws', 'cwii.dev/kept-variables': 'app=a_ROLE' };

    const first = mergeInto(copy({}), checked);
    const second = mergeInto(copy(written), checked);

    expect(first.plan).toMatchObject({ containers: [], corrections: [], annotations: written });
    expect(first.findings).toMatchObject([{ code: 'identity-outdated', severity: 'warn', key: 'a_ROLE' }]);
    expect(second).toMatchObject({ plan: { containers: [], corrections: [], annotations: {} }, findings: [] });
  });

  it('keeps a variable that stands before those of cwii, whatever the pod states', () => {
    const region = { name: 'REGION', value: 'mine' };
    const { plan: again } = mergeInto(
      (pod) => {
        injectedPod(pod);
        pod.spec.containers = [
          { name: 'app', env: [region, { name: 'A' }, ...plan.identity], volumeMounts: [plan.mounts[0]] },
        ];
      },
      { ...plan, extras: [{ name: 'REGION', value: 'theirs' }] },
    );

    expect(again).toMatchObject({ containers: [], corrections: [], annotations: {} });
  });

  it('forgets an entry of the kept variables that is not true', () => {
    const { plan: again } = mergeInto((pod) => {
      injectedPod(pod);
      pod.metadata.annotations = { 'cwii.dev/injected': 'aws', 'cwii.dev/kept-variables': 'app=NONE,other=a_ROLE' };
    }, checked);

    expect(again.annotations).toEqual({ 'cwii.dev/kept-variables': '' });
  });

  it('adds the variables to a container that has only the mount', () => {
    const { plan: again } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [{ ...plan.mounts[0] }] }];
    }, plan);

    expect(again.containers).toMatchObject([{ env: plan.identity, volumeMounts: [] }]);
  });
});
