// Makes one plan of the providers' plans and what the pod already has: who gets what, and where it would collide.

import { isDeepStrictEqual } from 'node:util';
import type { ContainerView, PodView, VolumeView } from '../admission/review.ts';
import type { Finding } from '../annotations/findings.ts';
import { INJECTED } from '../annotations/keys.ts';
import { PlanCollisionError } from '../errors.ts';
import { DEFAULT_FILE_MODE } from '../providers/token.ts';
import type {
  ContainerAddition,
  ContainerList,
  EnvVar,
  InjectionPlan,
  OwnContainer,
  ProviderPlan,
  Volume,
  VolumeMount,
} from './plan.ts';

/** What is to be added to the pod, and what there is to say about it. A `deny` finding makes the plan void. */
export interface Merged {
  readonly plan: InjectionPlan;
  /** The providers whose identity is on the pod once the plan is carried out. */
  readonly injected: readonly string[];
  readonly findings: readonly Finding[];
}

export function merge(pod: PodView, object: string, plans: readonly ProviderPlan[]): Merged {
  const work = new Merge(pod, object);
  for (const plan of plans) work.addProvider(plan);
  return work.finish();
}

interface UserContainer {
  readonly list: ContainerList;
  readonly index: number;
  readonly view: ContainerView;
  readonly env: EnvVar[];
  readonly volumeMounts: VolumeMount[];
}

class Merge {
  readonly #pod: PodView;
  readonly #object: string;
  readonly #containers: UserContainer[];
  readonly #volumes = new Map<string, Volume>();
  readonly #verifiers: OwnContainer[] = [];
  readonly #injected: string[] = [];
  readonly #findings: Finding[] = [];

  constructor(pod: PodView, object: string) {
    this.#pod = pod;
    this.#object = object;
    this.#containers = (['initContainers', 'containers'] as const).flatMap((list) =>
      (pod.spec[list] ?? []).map((view, index) => ({ list, index, view, env: [], volumeMounts: [] })),
    );
  }

  addProvider(plan: ProviderPlan): void {
    const own = plan.verifier?.container;
    const named = own && this.#containers.find(({ view }) => view.name === own.name);
    // Ours from an earlier pass is recognised by the token that it mounts: images and commands get rewritten by others.
    const verifierThere = named?.list === 'initContainers' && mounts(named.view, plan.tokenMount);
    if (named && !verifierThere) {
      this.#deny(
        'container-name-taken',
        named.view.name,
        'cwii needs this name for a container of its own; rename that container, or switch verification off',
      );
      return;
    }
    if (!this.#canHaveVolume(plan.tokenVolume)) return;

    const getting = this.#containers.filter((container) => container !== named && this.#addIdentity(container, plan));
    // No container of the pod takes the identity: a volume nobody mounts and a check of nothing would be noise.
    if (getting.length === 0) return;
    this.#injected.push(plan.provider);
    this.#addVolume(plan.tokenVolume);
    if (plan.verifier && !verifierThere) {
      for (const volume of plan.verifier.volumes) {
        if (!this.#canHaveVolume(volume)) return;
        this.#addVolume(volume);
      }
      this.#verifiers.push(plan.verifier.container);
    }
  }

  finish(): Merged {
    const initContainers = this.#pod.spec.initContainers ?? [];
    const status = [...this.#injected].sort().join(',');
    const written = this.#pod.metadata?.annotations ?? {};
    const claims = Object.hasOwn(written, INJECTED) ? written[INJECTED] : undefined;
    const statusDiffers = status === '' ? claims !== undefined && claims !== '' : claims !== status;
    return {
      plan: {
        volumes: [...this.#volumes.values()],
        containers: this.#containers
          .filter(({ env, volumeMounts }) => env.length > 0 || volumeMounts.length > 0)
          .map(toAddition),
        // After the last native sidecar: a mesh's proxy, without which there is no network. Else before everything.
        initContainers: {
          index: initContainers.findLastIndex(({ restartPolicy }) => restartPolicy === 'Always') + 1,
          containers: this.#verifiers,
        },
        annotations: statusDiffers ? { [INJECTED]: status } : {},
      },
      injected: this.#injected,
      findings: this.#findings,
    };
  }

  /** Whether the container has the provider's identity afterwards. */
  #addIdentity(container: UserContainer, plan: ProviderPlan): boolean {
    const { view } = container;
    const has = (variable: string) => view.env?.some(({ name }) => name === variable) ?? false;
    if (this.#isOurs(view, plan)) return true;

    const kept = plan.identity.find(({ name }) => has(name));
    if (kept) {
      this.#warn(
        plan.findings.identityKept,
        kept.name,
        `container ${view.name} sets it, so it keeps its own identity and gets none from cwii; remove it from the container`,
      );
      return false;
    }
    const squatter = view.volumeMounts?.find((mount) => covers(mount, plan.tokenMount));
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
    for (const variable of [...plan.identity, ...plan.extras.filter(({ name }) => !has(name))]) {
      if (container.env.some(({ name }) => name === variable.name))
        throw new PlanCollisionError(`variable ${variable.name}`);
      container.env.push(variable);
    }
    if (!mounts(view, plan.tokenMount)) container.volumeMounts.push(plan.tokenMount);
    return true;
  }

  /** A container that an earlier pass has injected: it names the token's exact path and mounts our volume there. */
  #isOurs(view: ContainerView, plan: ProviderPlan): boolean {
    const tokenFile = view.env?.find(({ name }) => name === plan.tokenFile.name);
    return (
      tokenFile?.value === plan.tokenFile.value &&
      mounts(view, plan.tokenMount) &&
      this.#volume(plan.tokenVolume.name) !== undefined
    );
  }

  #volume(name: string): VolumeView | undefined {
    return this.#pod.spec.volumes?.find((volume) => volume.name === name);
  }

  #canHaveVolume(volume: Volume): boolean {
    const taken = this.#volume(volume.name);
    if (!taken || isDeepStrictEqual(withoutDefaults(taken), volume)) return true;
    this.#deny(
      'volume-name-taken',
      volume.name,
      'a volume of this name has another source than cwii plans; rename that volume, or switch injection off for this pod',
    );
    return false;
  }

  #addVolume(volume: Volume): void {
    if (this.#volume(volume.name)) return;
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

function toAddition({ list, index, env, volumeMounts }: UserContainer): ContainerAddition {
  return { list, index, env, volumeMounts };
}

type MountView = NonNullable<ContainerView['volumeMounts']>[number];

function mounts(view: ContainerView, planned: VolumeMount): boolean {
  return view.volumeMounts?.some((mount) => isMount(mount, planned)) ?? false;
}

function isMount(mount: MountView, planned: VolumeMount): boolean {
  const whole = !mount.subPath && !mount.subPathExpr;
  return mount.name === planned.name && samePath(mount.mountPath, planned.mountPath) && whole;
}

/** Whether another mount stands in the place of the planned one, or hides a file of it. */
function covers(mount: MountView, planned: VolumeMount): boolean {
  const inside = `${mount.mountPath.replace(/\/+$/, '')}/`.startsWith(`${planned.mountPath}/`);
  return inside && !isMount(mount, planned);
}

function samePath(one: string, other: string): boolean {
  return one.replace(/\/+$/, '') === other.replace(/\/+$/, '');
}

/** The volume as it was planned, without the mode that the API server fills in between two webhooks. */
function withoutDefaults(volume: VolumeView): unknown {
  const { projected } = volume as { projected?: { defaultMode?: unknown } };
  if (projected?.defaultMode !== DEFAULT_FILE_MODE) return volume;
  const { defaultMode: _, ...planned } = projected;
  return { ...volume, projected: planned };
}
