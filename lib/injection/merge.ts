// Merges the providers' plans with the content of the pod into one injection plan, and reports conflicts.

import type { ContainerChoice } from '../annotations/container-choice.ts';
import type { Severity } from '../annotations/finding-codes.ts';
import { type Finding, type FindingLocation, findingOf, invalidFinding } from '../annotations/findings.ts';
import { INJECTED, outputKeys } from '../annotations/keys.ts';
import { PlanCollisionError } from '../common/errors.ts';
import { isDeepStrictEqual } from '../common/node-builtins.ts';
import type { Pod } from '../kubernetes/pod.ts';
import type { VolumeView } from '../kubernetes/review.ts';
import type { OwnContainerPlan, ProviderPlan, Volume } from '../providers/plan.ts';
import { claimOf, type PodContext } from './claim.ts';
import { hasMount, withoutDefaults } from './compare.ts';
import { additionsTo, containersOf, type UserContainer } from './containers.ts';
import { inheritSettings } from './inherit-settings.ts';
import type { InjectionPlan } from './plan.ts';
import { addVariables, holderOf } from './variables.ts';

/** The additions to the pod, and the findings about them. A `deny` finding makes the plan void. */
export interface Merged {
  readonly plan: InjectionPlan;
  /** The providers whose identity is on the pod after the plan was applied, sorted. */
  readonly injected: readonly string[];
  readonly findings: readonly Finding[];
}

/** One provider's plan and the containers that it is for. */
export interface Target {
  readonly plan: ProviderPlan;
  readonly choice: ContainerChoice;
  /** The severity of a mount that makes the identity impossible; `warn` leaves out only its container. */
  readonly severityOfObstacle: Severity;
}

export interface MergeOptions {
  /** Write on every pod what is injected, even if that is nothing. */
  readonly mark?: boolean;
}

/**
 * More than any real pod has. Each container gets up to some kilobytes, and an answer may not exceed 6 MB.
 */
const MOST_CONTAINERS = 500;

export function merge(pod: Pod, targets: readonly Target[], { mark = false }: MergeOptions = {}): Merged {
  const merger = new Merger(pod);
  if (targets.length > 0 && merger.hasFewContainers()) for (const target of targets) merger.add(target);
  return merger.finish(mark);
}

class Merger {
  readonly #pod: Pod;
  readonly #containers: readonly UserContainer[];
  /** The names of containers that cwii added in an earlier pass. */
  readonly #ownNames: ReadonlySet<string>;
  /** The pod's volumes by name. They are looked up for every container, and there may be as many. */
  readonly #podVolumes: ReadonlyMap<string, VolumeView>;
  readonly #volumes = new Map<string, Volume>();
  readonly #ownContainers: OwnContainerPlan[] = [];
  readonly #annotations: Record<string, string> = {};
  readonly #injected: string[] = [];
  readonly #findings: Finding[] = [];

  constructor(pod: Pod) {
    this.#pod = pod;
    const { users, ownNames } = containersOf(pod);
    this.#containers = users;
    this.#ownNames = ownNames;
    // The first volume of a name counts.
    this.#podVolumes = new Map(pod.volumes.toReversed().map((volume) => [volume.name, volume]));
  }

  /** Denies a pod with too many containers. */
  hasFewContainers(): boolean {
    const count = this.#containers.length;
    if (count <= MOST_CONTAINERS) return true;
    const params = { count, most: MOST_CONTAINERS };
    this.#report(findingOf('containers-too-many', this.#location('spec.containers'), params));
    return false;
  }

  add({ plan, choice, severityOfObstacle }: Target): void {
    const chosen = this.#containers.filter(({ view }) => choice.includes(view.name));
    const injected = chosen.filter((container) => this.#addIdentity(container, plan, severityOfObstacle));
    // Without a container that takes the identity, volumes and verification would be useless.
    if (injected.length === 0) return;
    if (!this.#hasFreeContainerNames(plan) || !this.#addVolumes(plan.volumes)) return;
    this.#injected.push(plan.provider);
    this.#findings.push(...plan.examine(injected.map(holderOf), this.#pod.object));
    Object.assign(this.#annotations, plan.annotations);
    const sources = injected.map((one) => ({ view: one.view, variables: holderOf(one).variables }));
    for (const planned of plan.ownContainers.filter(({ container }) => !this.#ownNames.has(container.name))) {
      const { own, findings } = inheritSettings(planned, sources, this.#podVolumes);
      this.#findings.push(...findings);
      if (!this.#addVolumes(own.volumes)) return;
      this.#ownContainers.push(own);
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
        volumes: [...this.#volumes.values()],
        containers: additionsTo(this.#containers),
        initContainers: [
          { before: 0, containers: ofRole('writer') },
          { before: lastSidecar + 1, containers: ofRole('verifier') },
        ],
        annotations: this.#outputAnnotations(injected, mark),
      },
      injected,
      findings: this.#findings,
    };
  }

  /** Adds the identity if the container takes it. Returns whether the container then has it. */
  #addIdentity(container: UserContainer, plan: ProviderPlan, severityOfObstacle: Severity): boolean {
    const { view } = container;
    const pod: PodContext = { windows: this.#pod.windows, volumes: this.#podVolumes };
    const claim = claimOf(view, plan, pod);
    switch (claim.kind) {
      case 'injected-earlier':
        if (claim.outdated !== undefined) {
          this.#report(findingOf('identity-outdated', this.#location(claim.outdated), { container: view.name }));
        }
        return true;
      case 'keeps-own':
        this.#report(findingOf(plan.findings.identityKept, this.#location(claim.variable), { container: view.name }));
        return false;
      case 'mount-conflict': {
        const { kind, name: volume, path } = claim.obstacle;
        if (kind === 'taken') {
          this.#report(findingOf('mount-path-taken', this.#location(path), { container: view.name, volume }));
        } else {
          const place = { ...this.#location(`mount in container ${view.name}`), value: path };
          const effect = `it gets no token at ${plan.mounts[0].mountPath}`;
          this.#report(invalidFinding('mount-parent-read-only', place, severityOfObstacle, effect));
        }
        return false;
      }
      case 'takes':
        addVariables(container, plan);
        container.volumeMounts.push(...plan.mounts.filter((mount) => !hasMount(view, mount, pod)));
        return true;
    }
  }

  #hasFreeContainerNames({ ownContainers }: ProviderPlan): boolean {
    const names = ownContainers.map(({ container }) => container.name);
    const taken = this.#containers.find(({ view }) => names.includes(view.name));
    if (taken) this.#report(findingOf('container-name-taken', this.#location(taken.view.name)));
    return !taken;
  }

  /** Adds the volumes that the pod does not have yet. Returns false, and adds none, if a name is taken. */
  #addVolumes(volumes: readonly Volume[]): boolean {
    for (const volume of volumes) {
      const present = this.#podVolumes.get(volume.name);
      if (present && !isDeepStrictEqual(withoutDefaults(present), volume)) {
        this.#report(findingOf('volume-name-taken', this.#location(volume.name)));
        return false;
      }
    }
    for (const volume of volumes) {
      if (this.#podVolumes.has(volume.name)) continue;
      const planned = this.#volumes.get(volume.name);
      if (planned && !isDeepStrictEqual(planned, volume)) throw new PlanCollisionError(`volume ${volume.name}`);
      this.#volumes.set(volume.name, volume);
    }
    return true;
  }

  /** cwii's annotations that have to change: they state what is on the pod, whatever was written there. */
  #outputAnnotations(injected: readonly string[], mark: boolean): Record<string, string> {
    const written = this.#pod.annotations;
    const stated: Record<string, string> = { [INJECTED]: injected.join(','), ...this.#annotations };
    const changes: Record<string, string> = {};
    for (const key of outputKeys) {
      const value = stated[key] ?? '';
      const current = Object.hasOwn(written, key) ? written[key] : undefined;
      const known = mark && key === INJECTED ? current : (current ?? '');
      if (value !== known) changes[key] = value;
    }
    return changes;
  }

  #location(key: string): FindingLocation {
    return { key, scope: 'pod', object: this.#pod.object };
  }

  #report(finding: Finding): void {
    this.#findings.push(finding);
  }
}
