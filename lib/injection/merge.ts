// Merges the providers' plans with the content of the pod into one injection plan, and reports conflicts.

import { type Finding, type FindingLocation, findingOf } from '../annotations/findings.ts';
import { INJECTED, KEPT_VARIABLES } from '../annotations/keys.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { OwnContainerPlan, ProviderPlan, Volume } from '../providers/plan.ts';
import { claimOf, filesOfOtherRoot } from './claim.ts';
import { claimFindings, excludedFindings } from './claim-findings.ts';
import {
  additionsTo,
  addVariables,
  containersOf,
  mostContainers,
  type PodContainer,
  removeVariables,
} from './containers.ts';
import { EarlierWork, footprintOf, isAtOurPath } from './earlier.ts';
import { inheritSettings } from './inherit-settings.ts';
import { outputAnnotations } from './output-annotations.ts';
import { correctMounts, correctOwn } from './own-containers.ts';
import type { Correction, InjectionPlan, Target } from './plan.ts';
import { isFor, planOf } from './principals.ts';
import { type Leftover, Removal } from './removal.ts';
import { volumesFor, withStateDirectory } from './state-directory.ts';
import { changeVariables, holderOf, keptEntry, missingExtras } from './variables.ts';
import { Volumes } from './volumes.ts';

/** The changes to the pod, and the findings about them. A `deny` finding makes the plan void. */
export interface Merged {
  readonly plan: InjectionPlan;
  /** The providers whose identity is on the pod after the plan was applied, sorted. */
  readonly injected: readonly string[];
  /** Those of them that only an earlier admission or the user put there. */
  readonly leftovers: readonly string[];
  readonly findings: readonly Finding[];
}

export interface MergeOptions {
  /** Write on every pod what is injected, even if that is nothing. */
  readonly mark?: boolean;
  /** The providers whose identity an earlier admission may have put on the pod. */
  readonly leftovers?: readonly Leftover[];
}

export function merge(
  pod: Pod,
  targets: readonly Target[],
  { mark = false, leftovers = [] }: MergeOptions = {},
): Merged {
  const merger = new Merger(pod);
  if (targets.length > 0 && merger.hasFewContainers(targets.length)) for (const target of targets) merger.add(target);
  for (const leftover of leftovers) merger.settle(leftover);
  return merger.finish(mark);
}

class Merger {
  readonly #pod: Pod;
  readonly #users: readonly PodContainer[];
  /** The containers that cwii added in an earlier admission. */
  readonly #own: readonly PodContainer[];
  readonly #earlier: EarlierWork;
  readonly #volumes: Volumes;
  readonly #removal: Removal;
  readonly #corrections: Correction[] = [];
  readonly #ownContainers: OwnContainerPlan[] = [];
  readonly #annotations: Record<string, string> = {};
  readonly #kept = new Set<string>();
  /** The annotations from which files of earlier admissions are projected. */
  readonly #outputs: string[] = [];
  readonly #injected: string[] = [];
  readonly #leftovers: string[] = [];
  readonly #findings: Finding[] = [];

  constructor(pod: Pod) {
    this.#pod = pod;
    const { users, own } = containersOf(pod);
    this.#users = users;
    this.#own = own;
    this.#earlier = new EarlierWork(pod);
    this.#volumes = new Volumes(this.#earlier);
    this.#removal = new Removal(users, own, this.#earlier);
  }

  /** Denies a pod with too many containers. */
  hasFewContainers(identities: number): boolean {
    const count = this.#users.length;
    const most = mostContainers(identities);
    if (count <= most) return true;
    this.#report(findingOf('containers-too-many', this.#location('spec.containers'), { count, most }));
    return false;
  }

  add(target: Target): void {
    const { plan, choice } = target;
    const chosen = this.#users.filter(({ view: { name } }) => choice.includes(name) && isFor(plan, name));
    this.#findings.push(...excludedFindings(this.#users, chosen, plan, this.#earlier, this.#location));
    const updated = new Map<string, string[]>();
    const injected = chosen.filter((container) => this.#addIdentity(container, target, updated));
    // Without a container that takes the identity, volumes and verification would be useless.
    if (injected.length === 0) return;
    const wasHere = this.#earlier.states(plan.provider) || this.#earlier.holds(this.#users, footprintOf(plan));
    if (!this.#hasFreeContainerNames(plan) || !this.#addVolumes(volumesFor(plan, injected, this.#earlier), wasHere))
      return;
    this.#injected.push(plan.provider);
    const holders = injected.map(holderOf);
    this.#findings.push(...plan.examine(holders, this.#pod.object));
    Object.assign(this.#annotations, plan.annotations);
    for (const [name, containers] of updated) {
      this.#report(findingOf('variable-updated', this.#location(name), { containers }));
    }
    for (const planned of plan.ownContainers) {
      const { own, findings } = inheritSettings(planned, holders, this.#earlier.volumes);
      this.#findings.push(...findings);
      if (!this.#addVolumes(own.volumes, wasHere)) return;
      this.#addOwnContainer(own);
    }
    for (const name of this.#removal.removeOwn(plan.provider, plan.ownContainers)) {
      this.#report(findingOf('own-container-removed', this.#location(name)));
    }
  }

  /** Decides on an identity of an earlier admission that no plan gives now. */
  settle(leftover: Leftover): void {
    const { provider, footprint, suppressed } = leftover;
    if (footprint.annotation) this.#outputs.push(footprint.annotation.key);
    if (this.#injected.includes(provider) || !this.#earlier.holds(this.#users, footprint)) return;
    if (suppressed) {
      const removes = this.#earlier.states(provider);
      if (removes) this.#removal.removeIdentity(leftover);
      this.#report(findingOf(removes ? 'identity-removed' : 'identity-left', this.#location(footprint.volumes[0])));
    } else {
      this.#injected.push(provider);
      this.#leftovers.push(provider);
      this.#keepFile(leftover);
    }
  }

  finish(mark: boolean): Merged {
    const injected = [...this.#injected].sort();
    const ofRole = (role: OwnContainerPlan['role']) =>
      this.#ownContainers.filter((own) => own.role === role).map(({ container }) => container);
    // A native sidecar may be a mesh's proxy, without which the pod has no network.
    const lastSidecar = this.#pod.initContainers.findLastIndex(({ restartPolicy }) => restartPolicy === 'Always');
    return {
      plan: {
        volumes: this.#volumes.added,
        containers: additionsTo([...this.#users, ...this.#own]),
        initContainers: [
          { before: 0, containers: ofRole('writer') },
          { before: lastSidecar + 1, containers: ofRole('verifier') },
        ],
        annotations: this.#outputAnnotations(injected, mark),
        corrections: [
          ...this.#corrections,
          ...this.#volumes.corrections,
          ...this.#removal.corrections(this.#ownContainers.map(({ container }) => container)),
        ],
        removedInitContainers: this.#removal.initContainers,
      },
      injected,
      leftovers: this.#leftovers,
      findings: this.#findings,
    };
  }

  /** Adds the identity if the container takes it. Returns whether the container then has it. */
  #addIdentity(container: PodContainer, target: Target, updated: Map<string, string[]>): boolean {
    const mayBeOurs = (name: string) =>
      this.#earlier.states(target.plan.provider) && !this.#earlier.kept.has(keptEntry(container.view, name));
    const fitting = target.plan.forContainer?.(container.view, mayBeOurs);
    this.#corrections.push(...removeVariables(container, fitting));
    const { view, list, index } = container;
    const plan = withStateDirectory(planOf(fitting?.plan ?? target.plan, view.name), view, this.#earlier);
    const claim = claimOf(container, plan, this.#earlier);
    this.#findings.push(...claimFindings(claim, view.name, target, this.#location));
    if (claim.kind !== 'takes') {
      for (const name of filesOfOtherRoot(container, plan, this.#earlier)) this.#kept.add(keptEntry(view, name));
      if (claim.kind !== 'mount-conflict' && plan.extrasForOwnIdentity)
        addVariables(container, missingExtras(container, plan));
      return false;
    }
    const { added, replaced, kept, outdated } = changeVariables(container, plan, this.#earlier);
    addVariables(container, added);
    for (const name of kept) this.#kept.add(keptEntry(view, name));
    if (outdated !== undefined) {
      this.#report(findingOf('identity-outdated', this.#location(outdated), { container: view.name }));
    }
    for (const change of replaced) {
      container.after.set(change.item.name, change.item);
      this.#corrections.push({ list: ['spec', list, index, 'env'], ...change });
      updated.set(change.item.name, [...(updated.get(change.item.name) ?? []), view.name]);
    }
    const stated = this.#earlier.states(plan.provider);
    const mounts = correctMounts(view, plan.mounts, {
      list: ['spec', list, index, 'volumeMounts'],
      isOurs: (mount) => stated && isAtOurPath(mount, this.#earlier),
      windows: this.#pod.windows,
    });
    container.volumeMounts.push(...mounts.added);
    this.#corrections.push(...mounts.corrections);
    return true;
  }

  #hasFreeContainerNames({ ownContainers }: ProviderPlan): boolean {
    const names = ownContainers.map(({ container }) => container.name);
    const taken = this.#users.find(({ view }) => names.includes(view.name));
    if (taken) this.#report(findingOf('container-name-taken', this.#location(taken.view.name)));
    return !taken;
  }

  #addVolumes(volumes: readonly Volume[], wasHere: boolean): boolean {
    const taken = this.#volumes.findTaken(volumes, wasHere);
    if (taken !== undefined) this.#report(findingOf('volume-name-taken', this.#location(taken)));
    else {
      for (const name of this.#volumes.add(volumes)) this.#report(findingOf('volume-updated', this.#location(name)));
    }
    return taken === undefined;
  }

  #addOwnContainer(own: OwnContainerPlan): void {
    const present = this.#own.find(({ view }) => view.name === own.container.name);
    if (!present) {
      this.#ownContainers.push(own);
      return;
    }
    const { corrections, env, volumeMounts } = correctOwn(present, own.container, this.#pod);
    present.env.push(...env);
    present.volumeMounts.push(...volumeMounts);
    this.#corrections.push(...corrections);
    if (corrections.length + env.length + volumeMounts.length === 0) return;
    this.#report(findingOf('own-container-updated', this.#location(own.container.name)));
  }

  /** Keeps the annotation from which the kubelet projects a file, or reports that it is gone. */
  #keepFile({ footprint: { annotation, volumes } }: Leftover): void {
    if (!annotation || !this.#earlier.projectsFile(volumes)) return;
    const text = this.#pod.annotations[annotation.key];
    if (text) this.#annotations[annotation.key] = text;
    else this.#report(annotation.missing(this.#location(annotation.key)));
  }

  #outputAnnotations(injected: readonly string[], mark: boolean): Record<string, string> {
    const kept = [...new Set([...this.#earlier.keptIn(this.#users), ...this.#kept])].sort().join(',');
    const stated = { [INJECTED]: injected.join(','), [KEPT_VARIABLES]: kept, ...this.#annotations };
    return outputAnnotations(this.#pod.annotations, stated, mark, this.#outputs);
  }

  readonly #location = (key: string): FindingLocation => ({ key, scope: 'pod', object: this.#pod.object });

  #report(finding: Finding): void {
    this.#findings.push(finding);
  }
}
