// Checks that the permissions, flow control and policies are those that `cwii manifests` would write.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { groupOf } from '../../../lib/kubernetes/objects.ts';
import { accessOf, flowControlOf, policiesOf } from '../../manifests/cluster-objects.ts';
import type { Commented } from '../../manifests/commented-yaml.ts';
import { ACCESS, REQUIRE } from '../../manifests/generated-file.ts';
import { injectObjectsOf } from '../../manifests/inject/files.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import type { CheckCode } from '../check-codes.ts';
import { type CheckContext, requireCluster } from '../context.ts';
import { describe, differencesOf } from './compare-objects.ts';

interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export const access = objectsCheck(
  'webhook-access',
  accessOf,
  `run \`cwii manifests\`, and \`kubectl apply -f ${ACCESS}/\` in its folder`,
);
export const flowControl = objectsCheck(
  'webhook-flow-control',
  flowControlOf,
  `run \`cwii manifests\`, and \`kubectl apply -f ${ACCESS}/\` in its folder`,
);

function objectsCheck(code: CheckCode, expected: (cluster: Cluster) => readonly Commented[], remedy: string): Check {
  return {
    code,
    needs: ['cluster-reachable'],
    run: async (context) => {
      const { cluster } = context;
      requireCluster(cluster);
      if (cluster.credential.none) return skipped('the function does not read the cluster (credential.none)');
      const compared = await compareAll(context, expected(cluster));
      return compared.flatMap(({ outcome }) => outcome(remedy));
    },
  };
}

/** The policies are optional. If one of their objects exists, all of them have to. */
export const policies: Check = {
  code: 'webhook-policies',
  needs: ['cluster-reachable'],
  run: async (context) => {
    const { cluster } = context;
    requireCluster(cluster);
    const compared = await compareAll(context, policiesOf(cluster));
    if (!compared.some(({ exists }) => exists))
      return passed('not installed: in an outage with failurePolicy Ignore, pods start without their identity');
    return compared.flatMap(({ outcome }) =>
      outcome(`run \`cwii manifests --require\`, and \`kubectl apply -f ${REQUIRE}/\` in its folder`),
    );
  },
};

/** Usually applied in an incident only. A policy and its binding, which has its name, need each other. */
export const injectingPolicies: Check = {
  code: 'webhook-injecting-policies',
  needs: ['cluster-reachable'],
  run: async (context) => {
    const { cluster } = context;
    requireCluster(cluster);
    const files = await Promise.all(
      Object.entries(injectObjectsOf(cluster)).map(async ([path, objects]) => {
        const compared = await compareAll(context, objects);
        const applied = new Set(compared.filter(({ exists }) => exists).map(({ name }) => name));
        const remedy = `run \`cwii manifests --policies\` and \`kubectl apply -f ${path}\` in its folder, or delete the objects of the file`;
        const outcomes = compared.filter(({ name }) => applied.has(name)).flatMap(({ outcome }) => outcome(remedy));
        return { applied: [...applied], outcomes };
      }),
    );
    const outcomes = files.flatMap((file) => file.outcomes);
    if (outcomes.length > 0) return outcomes;
    const applied = files.flatMap((file) => file.applied);
    return passed(applied.length === 0 ? 'not applied' : `applied: ${applied.join(', ')}`);
  },
};

interface Compared {
  readonly name: string;
  readonly exists: boolean;
  /** Empty if the object is right. */
  readonly outcome: (remedy: string) => Outcome[];
}

function compareAll({ kube }: CheckContext, expected: readonly Commented[]): Promise<Compared[]> {
  return Promise.all(
    expected.map(async ({ object }) => {
      const wanted = object as KubeObject;
      const { kind, metadata } = wanted;
      const subject = `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
      const found = await kube.find<object>(pathOf(wanted));
      const differences = found ? differencesOf(found, wanted) : [];
      const problem = found ? describe(differences) : `it does not exist`;
      const isRight = found !== undefined && differences.length === 0;
      return {
        name: metadata.name,
        exists: found !== undefined,
        outcome: (remedy) => (isRight ? [] : [failed(problem, remedy, subject)]),
      };
    }),
  );
}

function pathOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): string {
  const group = groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const plural = kind.toLowerCase().replace(/y$/, 'ie');
  return `${group}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${plural}s/${name}`;
}
