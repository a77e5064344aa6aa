// Knows how plans of several providers meet in one pod, and what each of its containers gets of them.

import { describe, expect, it } from 'vitest';
import { PlanCollisionError } from '../../../lib/common/errors.ts';
import { merge } from '../../../lib/injection/merge.ts';
import type { InjectionPlan, ProviderPlan } from '../../../lib/injection/plan.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { planOf, targetOf, withCheck } from '../../fakes/plans.ts';
import { viewOf } from '../../fakes/views.ts';

const mergeInto = (change: (pod: PodManifest) => void, ...plans: ProviderPlan[]) =>
  merge(
    viewOf(podOf(change)),
    'Pod shop/web',
    plans.map((plan) => targetOf(plan)),
  );
const namesIn = ({ initContainers }: InjectionPlan) =>
  initContainers.flatMap(({ containers }) => containers.map(({ name }) => name));
const asItIs = () => undefined;

describe('plans of two providers', () => {
  it('are carried out side by side', () => {
    const { plan, findings } = mergeInto(asItIs, planOf('a'), planOf('b'));

    expect(plan.volumes.map(({ name }) => name)).toEqual(['a-token', 'b-token']);
    expect(plan.containers[0]?.env.map(({ name }) => name)).toEqual([
      'a_ROLE',
      'a_TOKEN_FILE',
      'b_ROLE',
      'b_TOKEN_FILE',
    ]);
    expect(findings).toEqual([]);
  });

  it('share a volume that both describe alike', () => {
    const scratch = { name: 'scratch', emptyDir: {} };

    const { plan } = mergeInto(asItIs, withCheck('a', scratch), withCheck('b', scratch));

    expect(plan.volumes.map(({ name }) => name)).toEqual(['a-token', 'scratch', 'b-token']);
    expect(namesIn(plan)).toEqual(['cwii-a-check', 'cwii-b-check']);
  });

  it('that describe a volume differently are a defect', () => {
    const plans = [
      withCheck('a', { name: 'scratch', emptyDir: {} }),
      withCheck('b', { name: 'scratch', emptyDir: { sizeLimit: '1Mi' } }),
    ];

    expect(() => mergeInto(asItIs, ...plans)).toThrow(PlanCollisionError);
    expect(() => mergeInto(asItIs, ...plans)).toThrow('volume scratch');
  });

  it('that set the same variable are a defect', () => {
    const extras = [{ name: 'REGION', value: 'x' }];

    expect(() => mergeInto(asItIs, planOf('a', { extras }), planOf('b', { extras }))).toThrow(PlanCollisionError);
    expect(() => mergeInto(asItIs, planOf('a', { extras }), planOf('b', { extras }))).toThrow('variable REGION');
  });

  it('do not stand in for each other: what one cannot have, the other still gets', () => {
    const { plan, findings } = mergeInto(
      ({ spec }) => {
        spec.volumes = [{ name: 'a-token', emptyDir: {} }];
      },
      planOf('a'),
      planOf('b'),
    );

    expect(findings).toMatchObject([{ code: 'volume-name-taken', severity: 'deny', key: 'a-token' }]);
    expect(plan.volumes.map(({ name }) => name)).toEqual(['b-token']);
  });
});

describe('the status of a pod', () => {
  it.each([null, undefined, {}])('is written where its annotations are %j', (annotations) => {
    const { plan } = mergeInto(({ metadata }) => void Object.assign(metadata, { annotations }), planOf('a'));

    expect(plan.annotations).toEqual({ 'cwii.dev/injected': 'aws' });
  });

  it.each([
    { claims: undefined, written: {} },
    { claims: '', written: {} },
    { claims: 'aws', written: { 'cwii.dev/injected': '' } },
  ])('that claims $claims, with nothing injected, leads to $written', ({ claims, written }) => {
    const { plan } = mergeInto(({ metadata }) => {
      metadata.annotations = claims === undefined ? {} : { 'cwii.dev/injected': claims };
    });

    expect(plan.annotations).toEqual(written);
  });
});

describe('a container', () => {
  it.each([null, undefined, []])('without variables (%j) gets the identity', (env) => {
    const { plan, injected } = mergeInto(
      ({ spec }) => void Object.assign(spec.containers[0] ?? {}, { env }),
      planOf('a'),
    );

    expect(plan.containers).toMatchObject([
      { list: 'containers', index: 0, env: [{ name: 'a_ROLE' }, { name: 'a_TOKEN_FILE' }] },
    ]);
    expect(injected).toEqual(['aws']);
  });

  it('gets no extra variable that it sets itself', () => {
    const plan = planOf('a', {
      extras: [
        { name: 'PASSWORD', value: 'x' },
        { name: 'REGION', value: 'y' },
      ],
    });

    const merged = mergeInto(asItIs, plan);

    expect(merged.plan.containers[0]?.env.map(({ name }) => name)).toEqual(['a_ROLE', 'a_TOKEN_FILE', 'REGION']);
  });

  it('with static keys gets the identity, and a warning that the keys win', () => {
    const { injected, findings } = mergeInto(asItIs, planOf('a', { staticKeys: ['PASSWORD'] }));

    expect(injected).toEqual(['aws']);
    expect(findings).toMatchObject([{ code: 'aws-static-keys', severity: 'warn', key: 'PASSWORD' }]);
  });

  it('of a pod without any is not there to be injected', () => {
    const { plan, injected } = mergeInto(({ spec }) => {
      spec.containers = [];
    }, planOf('a'));

    expect(plan.volumes).toEqual([]);
    expect(injected).toEqual([]);
  });

  it.each([
    { what: 'a part of our volume', mount: { name: 'a-token', mountPath: '/run/a', subPath: 'token' } },
    { what: 'a file over the token', mount: { name: 'data', mountPath: '/run/a/token' } },
    { what: 'another volume, with a slash at the end', mount: { name: 'data', mountPath: '/run/a/' } },
  ])('that mounts $what where the token belongs is refused', ({ mount }) => {
    const { findings } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [mount] }];
    }, planOf('a'));

    expect(findings).toMatchObject([{ code: 'mount-path-taken', severity: 'deny', key: mount.mountPath }]);
  });
});

describe('our init containers', () => {
  it('come right after the last native sidecar', () => {
    const { plan } = mergeInto(
      ({ spec }) => {
        spec.initContainers = [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }, { name: 'last' }];
      },
      withCheck('a', { name: 'scratch', emptyDir: {} }),
    );

    expect(plan.initContainers).toMatchObject([
      { containers: [] },
      { before: 2, containers: [{ name: 'cwii-a-check' }] },
    ]);
  });

  it('are not added where their volume is taken', () => {
    const { plan, findings } = mergeInto(
      ({ spec }) => {
        spec.volumes = [{ name: 'scratch', hostPath: { path: '/' } }];
      },
      withCheck('a', { name: 'scratch', emptyDir: {} }),
    );

    expect(findings).toMatchObject([{ code: 'volume-name-taken', severity: 'deny', key: 'scratch' }]);
    expect(namesIn(plan)).toEqual([]);
  });
});
