// Simulates the cluster's controllers: the Pods that workloads lead to, and the objects in between.

import { kindOf } from '../../lib/cluster/owners.ts';
import { fieldOf, isObject } from '../../lib/common/json.ts';
import { controllerOf, groupOf, type ObjectKind, type OwnerReference } from '../../lib/kubernetes/objects.ts';
import { builtInOwnerKinds, isPodTemplate } from '../../lib/kubernetes/owner-kinds.ts';
import { withServiceAccount } from '../../lib/kubernetes/pod.ts';
import { ManifestError } from './manifest-error.ts';
import { checkStrings, type PlacedManifest } from './manifest-files.ts';
import { type Manifest, uidOf } from './manifest-reader.ts';

export interface Simulation {
  readonly pods: readonly PlacedManifest[];
  /**
   * The workloads with their final names, and the ReplicaSets and Jobs that controllers would create for
   * them.
   */
  readonly owners: readonly Manifest[];
  /** Objects with a pod template whose kind is not known. */
  readonly unknown: readonly PlacedManifest[];
  /** Objects whose pods come from elsewhere, and are not among the manifests either. */
  readonly leftOut: readonly PlacedManifest[];
}

/** All kinds of the groups in which users misspell kinds. Other groups can have any custom resource. */
const knownKinds: Readonly<Record<string, readonly string[]>> = {
  '': [
    'Binding ConfigMap Endpoints Event LimitRange List Namespace Node PersistentVolume PersistentVolumeClaim',
    'Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount',
  ].flatMap((names) => names.split(' ')),
  apps: ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  batch: ['CronJob', 'Job'],
};

/**
 * @throws {ManifestError} for a kind that does not exist, and for a built-in workload without a pod template.
 */
export function simulateControllers(manifests: readonly PlacedManifest[], kinds: readonly ObjectKind[]): Simulation {
  const pods: PlacedManifest[] = [];
  const owners: Manifest[] = [];
  const unknown: PlacedManifest[] = [];
  const leftOut: PlacedManifest[] = [];
  for (const placed of manifests) {
    const { manifest, place } = placed;
    const { apiVersion, kind } = manifest;
    checkKind(placed, kinds);
    if (kind === 'Pod' && apiVersion === 'v1')
      pods.push({ manifest: { ...manifest, spec: withServiceAccount(manifest['spec']) }, place });
    else if (isOwnerKind(apiVersion, kind, kinds)) {
      // The pods of a ReplicaSet with a controller come from its Deployment.
      if (controllerOf(manifest.metadata.ownerReferences ?? [])) continue;
      if (canSimulate(manifest)) {
        const created = createPod(withName(placed));
        owners.push(...created.owners);
        pods.push({ manifest: created.pod, place, workload: manifest });
      } else leftOut.push(placed);
    } else if (isPodTemplate(groupOf(apiVersion), templateIn(manifest))) {
      unknown.push(placed);
    } else if (isPodTemplate('', templateIn(manifest))) {
      // The template of a pod, in a group whose pods come from other objects.
      leftOut.push(placed);
    }
  }
  const shown = new Set(pods.map(({ manifest }) => controllerOf(manifest.metadata.ownerReferences ?? [])?.uid));
  return { pods, owners, unknown, leftOut: leftOut.filter(({ manifest }) => !shown.has(uidOf(manifest))) };
}

/** Whether the pods of a workload can be made from its manifest. A built-in kind has to have a template. */
function canSimulate(manifest: Manifest): boolean {
  const { apiVersion, kind } = manifest;
  return isOwnerKind(apiVersion, kind, builtInOwnerKinds) || isPodTemplate(groupOf(apiVersion), templateIn(manifest));
}

function checkKind({ manifest: { apiVersion, kind }, place }: PlacedManifest, kinds: readonly ObjectKind[]): void {
  const known = knownKinds[groupOf(apiVersion)];
  if (!known || known.includes(kind)) return;
  const workloads = known.filter((name) => isOwnerKind(apiVersion, name, kinds) || name === 'Pod');
  throw new ManifestError(
    place,
    `${apiVersion} has no kind ${kind}; its kinds that create pods are ${workloads.join(', ')}`,
  );
}

function isOwnerKind(apiVersion: string, kind: string, kinds: readonly ObjectKind[]): boolean {
  return kindOf({ apiVersion, kind, name: '', uid: '' }, kinds) !== undefined;
}

function templateIn({ spec }: Manifest): unknown {
  return fieldOf(spec, 'template');
}

/** A workload with generateName gets a name, as from the API server. */
function withName({ manifest, place }: PlacedManifest): PlacedManifest {
  const { name, generateName } = manifest.metadata;
  return name
    ? { manifest, place }
    : { manifest: { ...manifest, metadata: { ...manifest.metadata, name: `${generateName}00000` } }, place };
}

interface CreatedPod {
  readonly pod: Manifest;
  /** The workload, and the objects between it and the pod. */
  readonly owners: readonly Manifest[];
}

function createPod(placed: PlacedManifest): CreatedPod {
  const { manifest } = placed;
  switch (`${groupOf(manifest.apiVersion)}/${manifest.kind}`) {
    case 'apps/Deployment':
      return createThroughReplicaSet(placed, 'pod-template-hash');
    case 'argoproj.io/Rollout':
      return createThroughReplicaSet(placed, 'rollouts-pod-template-hash');
    case 'batch/CronJob': {
      const job = createJob(placed);
      return { pod: podFromTemplate({ manifest: job, place: placed.place }), owners: [manifest, job] };
    }
    case 'apps/StatefulSet':
      return { pod: createStatefulPod(placed), owners: [manifest] };
    default:
      return { pod: podFromTemplate(placed), owners: [manifest] };
  }
}

/** In place of the hash of a template and of a minute. Nobody can take these for names in the cluster. */
const INVENTED_HASH = 'preview';
const INVENTED_MINUTE = '00000000';

/** The Deployment controller creates a ReplicaSet and copies the Deployment's annotations to it. */
function createThroughReplicaSet(placed: PlacedManifest, hashLabel: string): CreatedPod {
  const { manifest } = placed;
  const template = templateOf(placed);
  const replicaSet: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${manifest.metadata.name}-${INVENTED_HASH}`,
      ...(manifest.metadata.namespace !== undefined && { namespace: manifest.metadata.namespace }),
      ...(manifest.metadata.annotations && { annotations: manifest.metadata.annotations }),
      ownerReferences: [referenceTo(manifest)],
    },
    spec: {
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata.labels, [hashLabel]: INVENTED_HASH } },
      },
    },
  };
  return { pod: podFromTemplate({ manifest: replicaSet, place: placed.place }), owners: [manifest, replicaSet] };
}

/** The CronJob controller creates a Job from the template, and names it after the minute. */
function createJob({ manifest, place }: PlacedManifest): Manifest {
  const spec = isObject(manifest['spec']) ? manifest['spec'] : {};
  const jobTemplate = spec['jobTemplate'];
  if (!isObject(jobTemplate))
    throw new ManifestError(place, `CronJob ${manifest.metadata.name}: spec.jobTemplate is missing`);
  const metadata = isObject(jobTemplate['metadata']) ? jobTemplate['metadata'] : {};
  const where = `${place}: CronJob ${manifest.metadata.name}, spec.jobTemplate`;
  checkStrings(metadata['annotations'], where, 'annotation');
  checkStrings(metadata['labels'], where, 'label');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...(metadata as Pick<Manifest['metadata'], 'labels' | 'annotations'>),
      name: `${manifest.metadata.name}-${INVENTED_MINUTE}`,
      ...(manifest.metadata.namespace !== undefined && { namespace: manifest.metadata.namespace }),
      ownerReferences: [referenceTo(manifest)],
    },
    spec: jobTemplate['spec'],
  };
}

function podFromTemplate(placed: PlacedManifest): Manifest {
  const { manifest } = placed;
  const template = templateOf(placed);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${manifest.metadata.name}-`,
      ...(manifest.metadata.namespace !== undefined && { namespace: manifest.metadata.namespace }),
      ...template.metadata,
      ownerReferences: [referenceTo(manifest)],
    },
    spec: withServiceAccount(template.spec),
  };
}

/** The StatefulSet controller names its pods and adds the volumes of their claims. This is the first pod. */
function createStatefulPod(placed: PlacedManifest): Manifest {
  const { manifest, place } = placed;
  const pod = podFromTemplate(placed);
  const { generateName: _, ...metadata } = pod.metadata;
  const name = `${manifest.metadata.name}-0`;
  const spec = pod['spec'] as Record<string, unknown>;
  const { serviceName, volumeClaimTemplates } = manifest['spec'] as Record<string, unknown>;
  const claims = (Array.isArray(volumeClaimTemplates) ? volumeClaimTemplates : []).map((claim: unknown, index) => {
    const claimName = isObject(claim) && isObject(claim['metadata']) ? claim['metadata']['name'] : undefined;
    if (typeof claimName !== 'string') {
      const path = `spec.volumeClaimTemplates[${index}].metadata.name`;
      throw new ManifestError(place, `StatefulSet ${manifest.metadata.name}: ${path} is missing`);
    }
    return { name: claimName, persistentVolumeClaim: { claimName: `${claimName}-${name}` } };
  });
  // A claim replaces a volume of the template with the same name.
  const others = (Array.isArray(spec['volumes']) ? spec['volumes'] : []).filter(
    (volume: { name?: unknown } | null) => !claims.some((claim) => claim.name === volume?.name),
  );
  const volumes = [...others, ...claims];
  return {
    ...pod,
    metadata: { name, ...metadata, labels: { ...metadata.labels, 'statefulset.kubernetes.io/pod-name': name } },
    spec: {
      ...spec,
      hostname: name,
      ...(typeof serviceName === 'string' && { subdomain: serviceName }),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

interface Template {
  readonly metadata: Pick<Manifest['metadata'], 'labels' | 'annotations'>;
  readonly spec: Readonly<Record<string, unknown>>;
}

function templateOf({ manifest, place }: PlacedManifest): Template {
  const object = `${manifest.kind} ${manifest.metadata.name}`;
  const template = templateIn(manifest);
  if (!isObject(template) || !isObject(template['spec']))
    throw new ManifestError(place, `${object}: spec.template.spec is missing`);
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  checkStrings(metadata['annotations'], `${place}: ${object}, spec.template`, 'annotation');
  checkStrings(metadata['labels'], `${place}: ${object}, spec.template`, 'label');
  const { labels, annotations } = metadata as Template['metadata'];
  return { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) }, spec: template['spec'] };
}

function referenceTo(manifest: Manifest): OwnerReference & { blockOwnerDeletion: boolean } {
  const { apiVersion, kind, metadata } = manifest;
  return {
    apiVersion,
    kind,
    name: metadata.name ?? '',
    uid: uidOf(manifest),
    controller: true,
    blockOwnerDeletion: true,
  };
}
