// A fake cluster that generates its objects on demand, the same ones for the same seed.

import type { ClusterReader, ReadOptions, ReadResult } from '../../lib/cluster/reader.ts';
import { ClusterReadError } from '../../lib/common/errors.ts';
import { nameOf, type ObjectKey } from '../../lib/kubernetes/objects.ts';
import { Chance } from './chance.ts';
import { annotation } from './odd-values.ts';

const ownerKinds = [
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['batch/v1', 'CronJob'],
  ['v1', 'Pod'],
  ['argoproj.io/v1alpha1', 'Rollout'],
  ['example.com/v1', 'Unknown'],
] as const;
const ownerNames = ['web', 'web-1', 'web-2', '../web'];
const ownerUids = ['uid of web', 'uid of web-1', 'uid of Deployment shop/web', 'uid of Pod shop/web-1'];

export class GeneratedCluster implements ClusterReader {
  readonly apiAudiences = ['https://oidc.example.com/my-cluster'];
  /** The seed of its objects. */
  seed = 0;
  /** Whether some reads fail. */
  failing = false;

  async read(key: ObjectKey, { uid }: ReadOptions): Promise<ReadResult> {
    const name = nameOf(key);
    const chance = new Chance(this.seed, hash(name));
    if (this.failing && chance.onceIn(4)) {
      throw new ClusterReadError('cluster-timeout', `${name} could not be read from the cluster: made up`);
    }
    if (chance.onceIn(8)) return { object: undefined, attempts: 1, cached: false };
    const annotated = chance.below(4);
    const annotations = Object.fromEntries(Array.from({ length: annotated }, () => annotation(chance)));
    const [apiVersion, kind] = chance.pick(ownerKinds);
    const owner = { apiVersion, kind, name: chance.pick(ownerNames), uid: chance.pick(ownerUids), controller: true };
    const object = {
      uid: uid !== undefined && !chance.onceIn(10) ? uid : `uid of ${name}`,
      annotations,
      // Chains of any length, with loops and references of which some are forged.
      ownerReferences: chance.onceIn(2) ? [owner] : [],
    };
    return { object, attempts: 1, cached: chance.onceIn(3) };
  }
}

function hash(text: string): number {
  let value = 7;
  for (let at = 0; at < text.length; at += 1) value = (Math.imul(value, 31) + text.charCodeAt(at)) | 0;
  return value;
}
