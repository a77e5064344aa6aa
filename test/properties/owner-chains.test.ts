// Chains of owners of any form, with loops, forged uids, missing objects and misleading labels, compared with
// a second implementation that reads one owner after the other.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readScopes } from '../../lib/admission/read-scopes.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { nameOf, type ObjectMetadata, type OwnerReference } from '../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds, parseOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import { samplePod } from '../fakes/evaluation.ts';

const MOST = 8;
const kinds = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Pod: 'v1',
  Service: 'serving.knative.dev/v1',
  Revision: 'serving.knative.dev/v1',
  Unknown: 'example.com/v1',
} as const;
const ownerKinds = [
  ...builtInOwnerKinds,
  ...parseOwnerKinds('v1/pods=Pod,serving.knative.dev/v1/services=Service,serving.knative.dev/v1/revisions=Revision'),
];

/** An object of the cluster, and the object that controls it. */
interface Node {
  readonly kind: keyof typeof kinds;
  readonly name: string;
  readonly exists: boolean;
  /** The index of the owner among the nodes; undefined if there is none. */
  readonly owner: number | undefined;
  readonly forged: boolean;
}

const names = fc.constantFrom('web', 'web-5d9f', 'web-1', 'hello', '../web');
const node: fc.Arbitrary<Node> = fc.record({
  kind: fc.constantFrom(...(Object.keys(kinds) as Node['kind'][])),
  name: names,
  exists: fc.integer({ min: 0, max: 19 }).map((chance) => chance > 0),
  owner: fc.option(fc.nat({ max: 11 }), { nil: undefined, freq: 12 }),
  forged: fc.integer({ min: 0, max: 19 }).map((chance) => chance === 0),
});
const labels = fc.dictionary(
  fc.constantFrom('pod-template-hash', 'serving.knative.dev/service', 'serving.knative.dev/revision'),
  fc.oneof(names, fc.constant('5d9f'), fc.constant('')),
);

/** Names are unique, as in a cluster; a valid name stays valid. */
const graphs = fc
  .array(node, { minLength: 12, maxLength: 12 })
  .map((nodes) =>
    nodes.filter((one, index) => nodes.findIndex(({ kind, name }) => kind === one.kind && name === one.name) === index),
  );

function referenceTo({ kind, name }: Node, forged: boolean): OwnerReference {
  return { apiVersion: kinds[kind], kind, name, uid: forged ? 'forged' : `uid of ${kind} ${name}`, controller: true };
}

function ownersOf(nodes: readonly Node[], { owner, forged }: Pick<Node, 'owner' | 'forged'>): OwnerReference[] {
  const found = owner === undefined ? undefined : nodes[owner % nodes.length];
  return found ? [referenceTo(found, forged)] : [];
}

/** The owners whose annotations count, read one after the other. */
function expectedOwners(nodes: readonly Node[], first: Pick<Node, 'owner' | 'forged'>): string[] {
  const owners: string[] = [];
  const seen = new Set<Node>();
  let at = first;
  while (at.owner !== undefined && seen.size < MOST) {
    const next = nodes[at.owner % nodes.length];
    if (!next || seen.has(next) || next.kind === 'Unknown' || next.name.includes('/')) break;
    if (!next.exists || at.forged) break;
    seen.add(next);
    const isDetail = next.kind === 'ReplicaSet' && next.owner !== undefined;
    if (!isDetail) owners.push(`${next.kind} shop/${next.name}`);
    at = next;
  }
  return owners;
}

test('the owners that count are those of a walk from owner to owner, with few reads', async () => {
  const lengths = new Set<number>();
  await fc.assert(
    fc.asyncProperty(graphs, fc.nat({ max: 11 }), labels, fc.boolean(), async (nodes, owner, podLabels, complete) => {
      const reads: string[] = [];
      const objects = new Map<string, ObjectMetadata>();
      for (const one of nodes.filter(({ exists }) => exists)) {
        const { kind, name } = one;
        const uid = `uid of ${kind} ${name}`;
        objects.set(`${kind} shop/${name}`, { uid, annotations: {}, ownerReferences: ownersOf(nodes, one) });
      }
      const reader: ClusterReader = {
        complete,
        read: async (key) => {
          reads.push(nameOf(key));
          return { object: objects.get(nameOf(key)), attempts: 1, cached: false };
        },
      };
      const first = { owner, forged: false };
      const pod = samplePod({
        labels: podLabels,
        ownerReferences: ownersOf(nodes, first),
        serviceAccountName: undefined,
      });
      using deadline = new Deadline(5000);
      const { scopes, findings } = await readScopes(pod, reader, { deadline, fresh: false, ownerKinds });

      const owners = scopes.filter(({ kind }) => kind === 'owner').map(({ object }) => object);
      expect(owners).toEqual(expectedOwners(nodes, first));
      // The namespace, the chain, the guesses, and one that is read again with the uid of its reference.
      expect(reads.length).toBeLessThanOrEqual(1 + MOST + 3 + 1);
      expect(findings.length).toBeLessThanOrEqual(1);
      lengths.add(owners.length);
    }),
    { numRuns: 2000 },
  );
  expect([...lengths].sort()).toEqual(expect.arrayContaining([0, 1, 2, 3, 4, 5]));
});
