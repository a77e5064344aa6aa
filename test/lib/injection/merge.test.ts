// Tests how plans of several providers are merged into one pod, and what each container gets.

import { describe, expect, it } from 'vitest';
import { PlanCollisionError } from '../../../lib/common/errors.ts';
import { merge } from '../../../lib/injection/merge.ts';
import type { InjectionPlan } from '../../../lib/injection/plan.ts';
import { readPod } from '../../../lib/kubernetes/pod.ts';
import type { ProviderPlan } from '../../../lib/providers/plan.ts';
import { type PodManifest, podOf } from '../../fakes/events.ts';
import { planOf, targetOf, withCheck } from '../../fakes/plans.ts';

const mergeInto = (change: (pod: PodManifest) => void, ...plans: ProviderPlan[]) =>
  merge(
    readPod(podOf(change), 'shop'),
    plans.map((plan) => targetOf(plan)),
  );
const namesIn = ({ initContainers }: InjectionPlan) =>
  initContainers.flatMap(({ containers }) => containers.map(({ name }) => name));
const unchanged = () => undefined;

describe('Plans of two providers', () => {
  it('are both added', () => {
    const { plan, findings } = mergeInto(unchanged, planOf('a'), planOf('b'));

    expect(plan.volumes.map(({ name }) => name)).toEqual(['a-token', 'b-token']);
    expect(plan.containers[0]?.env.map(({ name }) => name)).toEqual([
      'a_ROLE',
      'a_TOKEN_FILE',
      'b_ROLE',
      'b_TOKEN_FILE',
    ]);
    expect(findings).toEqual([]);
  });

  it('share a volume that is equal in both', () => {
    const scratch = { name: 'scratch', emptyDir: {} };

    const { plan } = mergeInto(unchanged, withCheck('a', scratch), withCheck('b', scratch));

    expect(plan.volumes.map(({ name }) => name)).toEqual(['a-token', 'scratch', 'b-token']);
    expect(namesIn(plan)).toEqual(['cwii-a-check', 'cwii-b-check']);
  });

  it('throw an error if a volume differs', () => {
    const plans = [
      withCheck('a', { name: 'scratch', emptyDir: {} }),
      withCheck('b', { name: 'scratch', emptyDir: { sizeLimit: '1Mi' } }),
    ];

    expect(() => mergeInto(unchanged, ...plans)).toThrow(PlanCollisionError);
    expect(() => mergeInto(unchanged, ...plans)).toThrow('volume scratch');
  });

  it('throw an error if both set the same variable', () => {
    const extras = [{ name: 'REGION', value: 'x' }];

    expect(() => mergeInto(unchanged, planOf('a', { extras }), planOf('b', { extras }))).toThrow(PlanCollisionError);
    expect(() => mergeInto(unchanged, planOf('a', { extras }), planOf('b', { extras }))).toThrow('variable REGION');
  });

  it('are independent: a conflict of one does not affect the other', () => {
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

describe('The annotation cwii.dev/injected', () => {
  it.each([null, undefined, {}])('is added if the annotations are %j', (annotations) => {
    const { plan } = mergeInto(({ metadata }) => void Object.assign(metadata, { annotations }), planOf('a'));

    expect(plan.annotations).toEqual({ 'cwii.dev/injected': 'aws' });
  });

  it.each([
    { claims: undefined, written: {} },
    { claims: '', written: {} },
    { claims: 'aws', written: { 'cwii.dev/injected': '' } },
  ])('with the value $claims on a pod without an identity is changed to $written', ({ claims, written }) => {
    const { plan } = mergeInto(({ metadata }) => {
      metadata.annotations = claims === undefined ? {} : { 'cwii.dev/injected': claims };
    });

    expect(plan.annotations).toEqual(written);
  });
});

describe('A container', () => {
  it.each([null, undefined, []])('gets the identity if its variables are %j', (env) => {
    const { plan, injected } = mergeInto(
      ({ spec }) => void Object.assign(spec.containers[0] ?? {}, { env }),
      planOf('a'),
    );

    expect(plan.containers).toMatchObject([
      { list: 'containers', index: 0, env: [{ name: 'a_ROLE' }, { name: 'a_TOKEN_FILE' }] },
    ]);
    expect(injected).toEqual(['aws']);
  });

  it('keeps an additional variable that it sets itself', () => {
    const plan = planOf('a', {
      extras: [
        { name: 'PASSWORD', value: 'x' },
        { name: 'REGION', value: 'y' },
      ],
    });

    const merged = mergeInto(unchanged, plan);

    expect(merged.plan.containers[0]?.env.map(({ name }) => name)).toEqual(['a_ROLE', 'a_TOKEN_FILE', 'REGION']);
  });

  it('is examined with its own variables and those that it gets', () => {
    const examined: string[] = [];
    const plan = planOf('a', {
      examine: (containers) => {
        examined.push(...containers.map(({ name, variables }) => `${name}: ${[...variables.keys()]}`));
        return [];
      },
    });

    mergeInto(unchanged, plan);

    expect(examined).toEqual(['app: PASSWORD,AWS_REGION,GOOGLE_CLOUD_PROJECT,a_ROLE,a_TOKEN_FILE']);
  });

  it('is required: a pod without containers gets nothing', () => {
    const { plan, injected } = mergeInto(({ spec }) => {
      spec.containers = [];
    }, planOf('a'));

    expect(plan.volumes).toEqual([]);
    expect(injected).toEqual([]);
  });

  it.each([
    { what: 'a part of cwii’s volume', mount: { name: 'a-token', mountPath: '/run/a', subPath: 'token' } },
    { what: 'a file over the token', mount: { name: 'data', mountPath: '/run/a/token' } },
    { what: 'another volume, with a trailing slash,', mount: { name: 'data', mountPath: '/run/a/' } },
  ])('that mounts $what at the path of the token is a conflict', ({ mount }) => {
    const { findings } = mergeInto(({ spec }) => {
      spec.containers = [{ name: 'app', volumeMounts: [mount] }];
    }, planOf('a'));

    expect(findings).toMatchObject([{ code: 'mount-path-taken', severity: 'deny', key: mount.mountPath }]);
  });
});

describe('The init containers of cwii', () => {
  it('follow the last native sidecar', () => {
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

  it('are not added if the name of their volume is taken', () => {
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
