// Makes one plan of the providers' plans and what the pod already has: who gets what, and where it would collide.

import type { ContainerChoice } from '../annotations/container-choice.ts';
import type { Finding } from '../annotations/findings.ts';
import { INJECTED, outputKeys } from '../annotations/keys.ts';
import { PlanCollisionError } from '../common/errors.ts';
import { isDeepStrictEqual } from '../common/node-builtins.ts';
import type { ContainerView, PodView, VolumeView } from '../kubernetes/review.ts';
import type { InjectionPlan, OwnContainerPlan, ProviderPlan, Volume } from './plan.ts';
import { covers, mounts, withoutDefaults } from './pod-parts.ts';
import { additionsTo, containersOf, type UserContainer } from './user-containers.ts';

/** What is to be added to the pod, and what there is to say about it. A `deny` finding makes the plan void. */
export interface Merged {
  readonly plan: InjectionPlan;
  /** The providers whose identity is on the pod once the plan is carried out. */
  readonly injected: readonly string[];
  readonly findings: readonly Finding[];
}

/** One provider's plan and the containers that it is for. */
export interface Target {
  readonly plan: ProviderPlan;
  readonly choice: ContainerChoice;
}

/** More than any real pod has. Each container gets up to some kilobytes, and no answer may be larger than 6 MB. */
const MOST_CONTAINERS = 500;

export interface MergeOptions {
  /** State on the pod what is injected, also where that is nothing and the pod does not say so. */
  readonly mark?: boolean;
}

export function merge(
  pod: PodView,
  object: string,
  targets: readonly Target[],
  { mark = false }: MergeOptions = {},
): Merged {
  const work = new Merge(pod, object, mark);
  if (targets.length > 0 && work.hasFewContainers()) for (const target of targets) work.addProvider(target);
  return work.finish();
}

class Merge {
  readonly #pod: PodView;
  readonly #object: string;
  readonly #mark: boolean;
  /** The pod's containers but cwii's own. */
  readonly #containers: readonly UserContainer[];
  /** Containers of cwii's own that an earlier pass has added. */
  readonly #ownNames: ReadonlySet<string>;
  /** The pod's volumes by name: looked up for every container, of which there may be as many. */
  readonly #podVolumes = new Map<string, VolumeView>();
  readonly #volumes = new Map<string, Volume>();
  readonly #ownContainers: OwnContainerPlan[] = [];
  readonly #outputs: Record<string, string> = {};
  readonly #injected: string[] = [];
  readonly #findings: Finding[] = [];

  constructor(pod: PodView, object: string, mark: boolean) {
    this.#pod = pod;
    this.#object = object;
    this.#mark = mark;
    const { users, ownNames } = containersOf(pod);
    this.#containers = users;
    this.#ownNames = ownNames;
    for (const volume of pod.spec.volumes ?? []) {
      if (!this.#podVolumes.has(volume.name)) this.#podVolumes.set(volume.name, volume);
    }
  }

  /** @returns whether the pod can be injected; it is refused where it cannot. */
  hasFewContainers(): boolean {
    const count = this.#containers.length;
    if (count <= MOST_CONTAINERS) return true;
    const message = `the pod has ${count} containers, and cwii injects at most ${MOST_CONTAINERS}; split the pod`;
    this.#deny('containers-too-many', 'spec.containers', message);
    return false;
  }

  addProvider({ plan, choice }: Target): void {
    const getting = this.#containers
      .filter(({ view }) => choice.includes(view.name))
      .filter((container) => this.#addIdentity(container, plan));
    // No container of the pod takes the identity: a volume nobody mounts and a check of nothing would be noise.
    if (getting.length === 0) return;
    if (!this.#canHaveContainers(plan) || !plan.volumes.every((volume) => this.#canHaveVolume(volume))) return;
    this.#injected.push(plan.provider);
    for (const volume of plan.volumes) this.#addVolume(volume);
    Object.assign(this.#outputs, plan.annotations);
    for (const own of plan.ownContainers.filter(({ container }) => !this.#ownNames.has(container.name))) {
      if (!own.volumes.every((volume) => this.#canHaveVolume(volume))) return;
      for (const volume of own.volumes) this.#addVolume(volume);
      this.#ownContainers.push(own);
    }
  }

  finish(): Merged {
    const initContainers = this.#pod.spec.initContainers ?? [];
    const role = (wanted: OwnContainerPlan['role']) =>
      this.#ownContainers.filter((own) => own.role === wanted).map(({ container }) => container);
    return {
      plan: {
        volumes: [...this.#volumes.values()],
        containers: additionsTo(this.#containers),
        initContainers: [
          { before: 0, containers: role('writer') },
          // After the last native sidecar: a mesh's proxy, without which there is no network. Else before everything.
          {
            before: initContainers.findLastIndex(({ restartPolicy }) => restartPolicy === 'Always') + 1,
            containers: role('verifier'),
          },
        ],
        annotations: this.#outputAnnotations(),
      },
      injected: [...this.#injected].sort(),
      findings: this.#findings,
    };
  }

  /** Our annotations where they have to change: they state what is on the pod, whatever was written there. */
  #outputAnnotations(): Record<string, string> {
    const written = this.#pod.metadata?.annotations ?? {};
    const stated: Record<string, string> = { [INJECTED]: [...this.#injected].sort().join(','), ...this.#outputs };
    const changes: Record<string, string> = {};
    for (const key of outputKeys) {
      const value = stated[key] ?? '';
      const current = Object.hasOwn(written, key) ? written[key] : undefined;
      const known = this.#mark && key === INJECTED ? current : (current ?? '');
      if (value !== known) changes[key] = value;
    }
    return changes;
  }

  #canHaveContainers(plan: ProviderPlan): boolean {
    const names = plan.ownContainers.map(({ container }) => container.name);
    const taken = this.#containers.find(({ view }) => names.includes(view.name));
    if (!taken) return true;
    this.#deny(
      'container-name-taken',
      taken.view.name,
      'cwii needs this name for a container of its own; rename that container, or switch off what needs it',
    );
    return false;
  }

  /** Whether the container has the provider's identity afterwards. */
  #addIdentity(container: UserContainer, plan: ProviderPlan): boolean {
    const { view } = container;
    if (this.#isOurs(view, plan)) {
      this.#warnOfOtherIdentity(view, plan);
      return true;
    }

    const variables = new Set(view.env?.map(({ name }) => name));
    const has = (variable: string) => variables.has(variable);
    const kept = plan.identity.find(({ name }) => has(name));
    if (kept) {
      this.#warn(
        plan.findings.identityKept,
        kept.name,
        `container ${view.name} sets it, so it keeps its own identity and gets none from cwii; remove it from the container`,
      );
      return false;
    }
    const squatter = view.volumeMounts?.find((mount) => plan.mounts.some((planned) => covers(mount, planned)));
    if (squatter) {
      this.#deny(
        'mount-path-taken',
        squatter.mountPath,
        `container ${view.name} mounts volume ${squatter.name} there, where the token belongs; move that mount`,
      );
      return false;
    }
    const overriding = plan.staticKeys.find(has);
    if (overriding) {
      this.#warn(
        plan.findings.staticKeys,
        overriding,
        `container ${view.name} sets static keys, which the SDKs prefer to the injected identity; remove them`,
      );
    }
    for (const variable of [...plan.identity, ...plan.extras.filter(({ name }) => !synonymsOf(name, plan).some(has))]) {
      if (container.env.some(({ name }) => name === variable.name))
        throw new PlanCollisionError(`variable ${variable.name}`);
      container.env.push(variable);
    }
    container.volumeMounts.push(...plan.mounts.filter((mount) => !mounts(view, mount)));
    return true;
  }

  /** A container that an earlier pass has injected: it names our file's exact path and mounts our volumes there. */
  #isOurs(view: ContainerView, plan: ProviderPlan): boolean {
    const file = view.env?.find(({ name }) => name === plan.fileVariable.name);
    return (
      file?.value === plan.fileVariable.value &&
      plan.mounts.every((mount) => mounts(view, mount) && this.#podVolumes.has(mount.name))
    );
  }

  /** In a copy of a pod that was admitted under other annotations. Added is only what is missing, so it stays. */
  #warnOfOtherIdentity(view: ContainerView, plan: ProviderPlan): void {
    const other = plan.identity.find((planned) =>
      view.env?.some(({ name, value }) => name === planned.name && value !== planned.value),
    );
    if (!other) return;
    this.#warn(
      'identity-outdated',
      other.name,
      `container ${view.name} has another value than the annotations give, as in a copy of a pod that cwii changed earlier, and keeps it; remove the variable and the token's mount from the container`,
    );
  }

  #canHaveVolume(volume: Volume): boolean {
    const taken = this.#podVolumes.get(volume.name);
    if (!taken || isDeepStrictEqual(withoutDefaults(taken), volume)) return true;
    this.#deny(
      'volume-name-taken',
      volume.name,
      'a volume of this name has another source than cwii plans, as in a copy of a pod that cwii changed earlier; remove or rename that volume',
    );
    return false;
  }

  #addVolume(volume: Volume): void {
    if (this.#podVolumes.has(volume.name)) return;
    const planned = this.#volumes.get(volume.name);
    if (planned && !isDeepStrictEqual(planned, volume)) throw new PlanCollisionError(`volume ${volume.name}`);
    this.#volumes.set(volume.name, volume);
  }

  #warn(code: Finding['code'], key: string, message: string): void {
    this.#findings.push({ code, severity: 'warn', key, scope: 'pod', object: this.#object, message });
  }

  #deny(code: Finding['code'], key: string, message: string): void {
    this.#findings.push({ code, severity: 'deny', key, scope: 'pod', object: this.#object, message });
  }
}

/** The variable and what means the same. */
function synonymsOf(name: string, { synonyms = [] }: ProviderPlan): readonly string[] {
  return synonyms.find((names) => names.includes(name)) ?? [name];
}
