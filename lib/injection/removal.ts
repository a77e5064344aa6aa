// Removes from a pod what cwii wrote in an earlier admission and no annotation requests any more.

import type { Footprint, OwnContainer, OwnContainerPlan, StateDirectory } from '../providers/plan.ts';
import type { PodContainer } from './containers.ts';
import { type EarlierWork, isAtOurPath, kindOf, readsOurFile } from './earlier.ts';
import type { Correction } from './plan.ts';
import { keptEntry, startOfOurs } from './variables.ts';

/** A provider whose identity may be on the pod from an earlier admission. */
export interface Leftover {
  readonly provider: string;
  readonly footprint: Footprint;
  /** The names of the identity's variables, in the order in which cwii writes them. */
  readonly identity: readonly string[];
  /** An annotation says that the pod must not have the identity. */
  readonly suppressed: boolean;
}

function namesOf({ variable, further }: StateDirectory): string[] {
  return [variable, ...further.map(({ name }) => name)];
}

export class Removal {
  readonly #users: readonly PodContainer[];
  readonly #own: readonly PodContainer[];
  readonly #earlier: EarlierWork;
  readonly #removedOwn = new Set<PodContainer>();
  readonly #corrections: Correction[] = [];
  /** Mounts that are removed, as `list/container/mount`. */
  readonly #mounts = new Set<string>();
  /** Volumes that are removed if no container mounts them any more. */
  readonly #volumes = new Set<string>();

  constructor(users: readonly PodContainer[], own: readonly PodContainer[], earlier: EarlierWork) {
    this.#users = users;
    this.#own = own;
    this.#earlier = earlier;
  }

  get initContainers(): readonly number[] {
    return [...this.#removedOwn].map(({ index }) => index);
  }

  /**
   * Removes the provider's containers of an earlier admission that are not planned any more.
   *
   * @returns their names.
   */
  removeOwn(provider: string, planned: readonly OwnContainerPlan[]): string[] {
    const names = planned.map(({ container }) => container.name);
    const unplanned = this.#own.filter(
      ({ view: { name } }) => name.startsWith(`cwii-${provider}-`) && !names.includes(name),
    );
    for (const container of unplanned) {
      this.#removedOwn.add(container);
      for (const { name } of container.view.volumeMounts ?? []) if (name.startsWith('cwii-')) this.#volumes.add(name);
    }
    return unplanned.map(({ view }) => view.name);
  }

  /** Removes the variables, mounts, volumes and containers of an identity. */
  removeIdentity({ provider, footprint, identity }: Leftover): void {
    this.removeOwn(provider, []);
    const { stateDirectory: directory } = footprint;
    const volumes = [...footprint.volumes, ...(directory ? [directory.volume] : [])];
    for (const name of volumes) this.#volumes.add(name);
    for (const { list, index, view } of this.#users.filter((container) =>
      readsOurFile(container.view, footprint, this.#earlier),
    )) {
      const env = view.env ?? [];
      const file = footprint.fileVariables.find((name) => env.some((variable) => variable.name === name));
      const start = startOfOurs(env, identity, file) ?? env.length;
      const hasDirectory = directory && view.volumeMounts?.some(({ name }) => name === directory.volume);
      const names = hasDirectory ? [...identity, ...namesOf(directory)] : identity;
      for (const [at, { name }] of env.entries()) {
        if (at < start || !names.includes(name) || this.#earlier.kept.has(keptEntry(view, name))) continue;
        this.#corrections.push({ list: ['spec', list, index, 'env'], index: at, item: undefined });
      }
      for (const [at, mount] of (view.volumeMounts ?? []).entries()) {
        if (!volumes.includes(mount.name) || !isAtOurPath(mount, this.#earlier)) continue;
        this.#mounts.add(`${list}/${index}/${at}`);
        this.#corrections.push({ list: ['spec', list, index, 'volumeMounts'], index: at, item: undefined });
      }
    }
  }

  /** @param planned the containers of cwii that are added. */
  corrections(planned: readonly OwnContainer[]): readonly Correction[] {
    const inUse = new Set(planned.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)));
    const staying = this.#volumes.size === 0 ? [] : [...this.#users, ...this.#own];
    for (const container of staying.filter((candidate) => !this.#removedOwn.has(candidate))) {
      const { list, index, view, volumeMounts } = container;
      for (const { name } of volumeMounts) inUse.add(name);
      for (const [at, { name }] of (view.volumeMounts ?? []).entries()) {
        if (!this.#mounts.has(`${list}/${index}/${at}`)) inUse.add(name);
      }
    }
    const unused = [...this.#volumes].filter(
      (name) => !inUse.has(name) && kindOf(this.#earlier.volumes.get(name)) !== undefined,
    );
    return [
      ...this.#corrections,
      ...unused.map((name) => ({ list: ['spec', 'volumes'], index: this.#earlier.indexOf(name), item: undefined })),
    ];
  }
}
