// Knows what of an earlier pass over a pod is recognised as ours, and what only looks like it.

import { describe, expect, it } from 'vitest';
import { parsePod } from '../../../lib/admission/review.ts';
import { merge } from '../../../lib/injection/merge.ts';
import type { ProviderPlan } from '../../../lib/injection/plan.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { checkOf, planOf } from '../../fakes/plans.ts';

const mergeInto = (change: (pod: PodManifest) => void, ...plans: ProviderPlan[]) =>
  merge(parsePod(podOf(change)), 'Pod shop/web', plans);

describe('what an earlier pass has done', () => {
  const plan = planOf('a');
  const check = checkOf('a-check', plan);
  const injectedPod = ({ metadata, spec }: PodManifest) => {
    metadata.annotations = { 'cwii.dev/injected': 'aws' };
    spec.volumes = [structuredClone(plan.tokenVolume) as { name: string }];
    spec.containers = [{ name: 'app', env: [...plan.identity], volumeMounts: [plan.tokenMount] }];
    spec.initContainers = [{ name: 'a-check', volumeMounts: [plan.tokenMount] }];
  };
  const checked: ProviderPlan = { ...plan, verifier: { container: check, volumes: [] } };

  it('is left as it is, without a word', () => {
    expect(mergeInto(injectedPod, checked)).toEqual({
      plan: { volumes: [], containers: [], initContainers: { index: 0, containers: [] }, annotations: {} },
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

  it('is not a container of our name that does not mount the token', () => {
    const { findings } = mergeInto((pod) => {
      injectedPod(pod);
      pod.spec.initContainers = [{ name: 'a-check' }];
    }, checked);

    expect(findings).toMatchObject([{ code: 'container-name-taken', severity: 'deny', key: 'a-check' }]);
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
      spec.containers = [{ name: 'app', volumeMounts: [{ ...plan.tokenMount }] }];
    }, plan);

    expect(again.containers).toMatchObject([{ env: plan.identity, volumeMounts: [] }]);
  });
});
