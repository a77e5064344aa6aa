// Merges planned volumes with the volumes of the pod, including those of an earlier admission.

import { PlanCollisionError } from '../common/errors.ts';
import { isDeepStrictEqual } from '../common/node-builtins.ts';
import type { Volume } from '../providers/plan.ts';
import { withoutDefaults } from './compare.ts';
import { type EarlierWork, kindOf } from './earlier.ts';
import type { Correction } from './plan.ts';

export class Volumes {
  readonly #earlier: EarlierWork;
  readonly #added = new Map<string, Volume>();
  readonly #replaced = new Map<string, Correction>();

  constructor(earlier: EarlierWork) {
    this.#earlier = earlier;
  }

  get added(): readonly Volume[] {
    return [...this.#added.values()];
  }

  get corrections(): readonly Correction[] {
    return [...this.#replaced.values()];
  }

  /**
   * The first name that the pod uses for a volume that is not cwii's; undefined if there is none.
   *
   * @param wasHere whether cwii gave the pod this identity earlier. Then a volume of the same kind is cwii's.
   */
  findTaken(volumes: readonly Volume[], wasHere: boolean): string | undefined {
    return volumes.find((volume) => {
      const present = this.#earlier.volumes.get(volume.name);
      if (!present || isDeepStrictEqual(withoutDefaults(present), volume)) return false;
      return !wasHere || !isSameKind(kindOf(present), kindOf(volume));
    })?.name;
  }

  /**
   * Adds the volumes that the pod lacks, and brings those of an earlier admission up to date.
   *
   * @returns the names of the latter.
   */
  add(volumes: readonly Volume[]): string[] {
    const updated: string[] = [];
    for (const volume of volumes) {
      const present = this.#earlier.volumes.get(volume.name);
      const planned = this.#added.get(volume.name) ?? this.#replaced.get(volume.name)?.item;
      if (planned && !isDeepStrictEqual(planned, volume)) throw new PlanCollisionError(`volume ${volume.name}`);
      if (planned) continue;
      if (!present) this.#added.set(volume.name, volume);
      else if (!isDeepStrictEqual(withoutDefaults(present), volume)) {
        this.#replaced.set(volume.name, {
          list: ['spec', 'volumes'],
          index: this.#earlier.indexOf(volume.name),
          item: volume,
        });
        updated.push(volume.name);
      }
    }
    return updated;
  }
}

/** GCP's credentials file is projected or written, so its volume may change between the two. */
function isSameKind(present: ReturnType<typeof kindOf>, planned: ReturnType<typeof kindOf>): boolean {
  if (present === undefined || planned === undefined) return false;
  return present === planned || (present !== 'token' && planned !== 'token');
}
