// The one record of a pod: the raw object, its names, metadata, containers and derived facts.

import { ReviewError } from '../common/errors.ts';
import { isObject } from '../common/json.ts';
import { displayName, isNamespaceName, LONGEST_DISPLAY_NAME } from './names.ts';
import type { OwnerReference } from './objects.ts';
import { type AdmissionRequest, type ContainerView, type PodView, readPodView, type VolumeView } from './review.ts';

export interface Pod {
  /**
   * As the API server sent it. Patches are made against this, because it has fields that cwii does not know.
   */
  readonly raw: unknown;
  readonly namespace: string;
  /** The pod's name, or `<generateName>*` if the API server has yet to generate one. */
  readonly name: string;
  /** The pod in messages, such as `Pod default/web-*`. */
  readonly object: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  /** Undefined if the pod names none. */
  readonly serviceAccountName: string | undefined;
  readonly containers: readonly ContainerView[];
  readonly initContainers: readonly ContainerView[];
  readonly ephemeralContainers: readonly ContainerView[];
  readonly volumes: readonly VolumeView[];
  /** Length in characters of the longest name that the pod can get. */
  readonly longestName: number;
  readonly windows: boolean;
  /** The uid that all containers run as; undefined if they differ or do not set one. */
  readonly sharedUid: number | undefined;
}

/**
 * The API server cuts `generateName` to this and appends five characters (apiserver
 * `names.SimpleNameGenerator`).
 */
const LONGEST_GENERATED_BASE = 58;
const GENERATED_SUFFIX = 5;

/**
 * The pod of a request. The namespace is the request's: a pod that a controller creates often carries none.
 *
 * @throws {ReviewError} `review-invalid` if the object is not a Pod, or the request's namespace is not a
 * valid name.
 */
export function podOfRequest({ object, namespace }: AdmissionRequest): Pod {
  if (!isNamespaceName(namespace ?? '')) {
    throw new ReviewError(
      'review-invalid',
      'not an AdmissionReview of admission.k8s.io/v1: at request.namespace: expected the name of a namespace',
    );
  }
  return readPod(object, namespace ?? '');
}

/** @throws {ReviewError} `review-invalid` if the object is not a Pod. */
export function readPod(raw: unknown, namespace: string): Pod {
  const view = readPodView(raw);
  const { metadata, spec } = view;
  const { name, generateName } = metadata ?? {};
  // Admission comes before validation: a name may still have any length.
  const shownName = (displayName(metadata ?? {}) ?? '(unnamed)').slice(0, LONGEST_DISPLAY_NAME);
  return {
    raw,
    namespace,
    name: shownName,
    object: `Pod ${namespace}/${shownName}`,
    annotations: metadata?.annotations ?? {},
    labels: metadata?.labels ?? {},
    ownerReferences: metadata?.ownerReferences ?? [],
    serviceAccountName: spec.serviceAccountName || undefined,
    containers: spec.containers ?? [],
    initContainers: spec.initContainers ?? [],
    ephemeralContainers: spec.ephemeralContainers ?? [],
    volumes: spec.volumes ?? [],
    longestName: name ? name.length : Math.min((generateName ?? '').length, LONGEST_GENERATED_BASE) + GENERATED_SUFFIX,
    windows: isWindows(view),
    sharedUid: sharedUid(view),
  };
}

type ContainerList = readonly ContainerView[] | null | undefined;

interface ContainerLists {
  readonly initContainers?: ContainerList;
  readonly containers?: ContainerList;
}

/** The containers of a pod in the order in which they start, without ephemeral ones. */
export function containersIn({ initContainers, containers }: ContainerLists): readonly ContainerView[] {
  return [...(initContainers ?? []), ...(containers ?? [])];
}

/** The second label is the name before Kubernetes 1.14, which nodes still have. */
const OS_LABELS = ['kubernetes.io/os', 'beta.kubernetes.io/os'];

/** HostProcess containers exist on Windows only. */
function isWindows({ spec }: PodView): boolean {
  if (spec.os?.name === 'windows') return true;
  if (OS_LABELS.some((label) => spec.nodeSelector?.[label] === 'windows')) return true;
  const settings = [spec, ...containersIn(spec)];
  return settings.some(({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
}

/** The kubelet applies the same test before it changes the owner of token files (`util.FsUserFrom`). */
function sharedUid({ spec }: PodView): number | undefined {
  const uids = containersIn(spec).map(
    (container) => container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
  );
  return uids.every((uid) => uid === uids[0]) ? (uids[0] ?? undefined) : undefined;
}

/**
 * The pods that a workload creates from its pod template, as one pod.
 *
 * @throws {ReviewError} `review-invalid` if the template does not describe a pod.
 */
export function podOfTemplate(
  { metadata, spec }: { readonly metadata?: unknown; readonly spec?: unknown },
  workload: { readonly namespace: string; readonly name: string },
): Pod {
  // Controllers ignore the template's name, but it has to be valid like the rest.
  const name = isObject(metadata) && typeof metadata['name'] !== 'string' ? metadata['name'] : undefined;
  const names = { name, generateName: `${workload.name}-` };
  const named = isObject(metadata) ? { ...metadata, ...names } : (metadata ?? names);
  return readPod({ metadata: named, spec: withServiceAccount(spec ?? {}) }, workload.namespace);
}

/**
 * A pod's spec with the ServiceAccount that the API server fills in before it calls webhooks: the name from
 * the deprecated field `serviceAccount`, else `default`.
 */
export function withServiceAccount(spec: unknown): unknown {
  if (!isObject(spec)) return spec;
  const { serviceAccountName, serviceAccount } = spec;
  return serviceAccountName ? spec : { ...spec, serviceAccountName: serviceAccount || 'default' };
}
