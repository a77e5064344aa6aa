// What the cluster's controllers make of workloads: the Pods as they reach admission, and the objects in between.

import { createHash } from 'node:crypto';
import { kindOf } from '../lib/cluster/owners.ts';
import { controllerOf, groupOf, type ObjectKind, type OwnerReference } from '../lib/kubernetes/objects.ts';
import { withServiceAccount } from '../lib/kubernetes/pod.ts';
import { checkStrings, isObject, ManifestError, type PlacedManifest } from './manifest-files.ts';
import { type Manifest, uidOf } from './manifest-reader.ts';

/** The Pods that manifests lead to, and what stands in the cluster meanwhile. */
export interface Simulated {
  readonly pods: readonly PlacedManifest[];
  /** The workloads under the names they get, and the ReplicaSets and Jobs that controllers would make of them. */
  readonly made: readonly Manifest[];
  /** Objects with a pod template whose kind no controller here knows. */
  readonly unknown: readonly PlacedManifest[];
}

/** The kinds that users misspell are the ones of these groups; other groups may hold any custom resource. */
const kindsOfWorkloadGroups: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...['Binding', 'ConfigMap', 'Endpoints', 'Event', 'LimitRange', 'List', 'Namespace', 'Node', 'PersistentVolume'],
    ...[
      'PersistentVolumeClaim',
      'Pod',
      'PodTemplate',
      'ReplicationController',
      'ResourceQuota',
      'Secret',
      'Service',
      'ServiceAccount',
    ],
  ],
  apps: ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  batch: ['CronJob', 'Job'],
};

/** @throws {ManifestError} for a kind that does not exist, and for a workload without a usable pod template. */
export function simulateControllers(manifests: readonly PlacedManifest[], kinds: readonly ObjectKind[]): Simulated {
  const pods: PlacedManifest[] = [];
  const made: Manifest[] = [];
  const unknown: PlacedManifest[] = [];
  for (const placed of manifests) {
    const { manifest, place } = placed;
    const { apiVersion, kind } = manifest;
    const known = kindsOfWorkloadGroups[groupOf(apiVersion)];
    if (known && !known.includes(kind)) {
      throw new ManifestError(
        place,
        `there is no kind ${kind} in ${apiVersion}; its kinds that make pods are ${known.filter((name) => kindOf(reference(apiVersion, name), kinds) || name === 'Pod').join(', ')}`,
      );
    }
    if (kind === 'Pod' && apiVersion === 'v1')
      pods.push({ manifest: { ...manifest, spec: withServiceAccount(manifest['spec']) }, place });
    else if (kindOf(reference(apiVersion, kind), kinds)) {
      // A ReplicaSet of a Deployment is a detail: its pods are those of the Deployment.
      if (!controllerOf(manifest.metadata.ownerReferences ?? [])) {
        const { pod, between } = run(named(placed));
        made.push(...between);
        pods.push({ manifest: pod, place });
      }
    } else if (
      isObject(manifest['spec']) &&
      isObject(manifest['spec']['template']) &&
      isObject(manifest['spec']['template']['spec'])
    ) {
      unknown.push(placed);
    }
  }
  return { pods, made, unknown };
}

function reference(apiVersion: string, kind: string): OwnerReference {
  return { apiVersion, kind, name: '', uid: '' };
}

/** A workload whose name the API server would make up, with a name. */
function named({ manifest, place }: PlacedManifest): PlacedManifest {
  const { name, generateName } = manifest.metadata;
  return name
    ? { manifest, place }
    : { manifest: { ...manifest, metadata: { ...manifest.metadata, name: `${generateName}00000` } }, place };
}

function run(placed: PlacedManifest): { pod: Manifest; between: Manifest[] } {
  const { manifest } = placed;
  switch (`${groupOf(manifest.apiVersion)}/${manifest.kind}`) {
    case 'apps/Deployment':
      return throughReplicaSet(placed, 'pod-template-hash');
    case 'argoproj.io/Rollout':
      return throughReplicaSet(placed, 'rollouts-pod-template-hash');
    case 'batch/CronJob': {
      const job = jobOf(placed);
      return { pod: podOf({ manifest: job, place: placed.place }), between: [placed.manifest, job] };
    }
    case 'apps/StatefulSet':
      return { pod: firstOfStatefulSet(placed), between: [placed.manifest] };
    default:
      return { pod: podOf(placed), between: [placed.manifest] };
  }
}

/** The Deployment controller makes a ReplicaSet, with the Deployment's annotations copied to it. */
function throughReplicaSet(placed: PlacedManifest, hashLabel: string): { pod: Manifest; between: Manifest[] } {
  const { manifest } = placed;
  const template = templateOf(placed);
  const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
  const replicaSet: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${manifest.metadata.name}-${hash}`,
      ...(manifest.metadata.namespace !== undefined && { namespace: manifest.metadata.namespace }),
      ...(manifest.metadata.annotations && { annotations: manifest.metadata.annotations }),
      ownerReferences: [ownedBy(manifest)],
    },
    spec: {
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata.labels, [hashLabel]: hash } },
      },
    },
  };
  return { pod: podOf({ manifest: replicaSet, place: placed.place }), between: [manifest, replicaSet] };
}

/** The CronJob controller makes a Job from its template, named by the minute. */
function jobOf({ manifest, place }: PlacedManifest): Manifest {
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
      name: `${manifest.metadata.name}-${Math.floor(Date.now() / 60_000)}`,
      ...(manifest.metadata.namespace !== undefined && { namespace: manifest.metadata.namespace }),
      ownerReferences: [ownedBy(manifest)],
    },
    spec: jobTemplate['spec'],
  };
}

function podOf(placed: PlacedManifest): Manifest {
  const { manifest } = placed;
  const template = templateOf(placed);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${manifest.metadata.name}-`,
      ...(manifest.metadata.namespace !== undefined && { namespace: manifest.metadata.namespace }),
      ...template.metadata,
      ownerReferences: [ownedBy(manifest)],
    },
    spec: withServiceAccount(template.spec),
  };
}

/** The StatefulSet controller names its pods and gives them their volume claims. */
function firstOfStatefulSet(placed: PlacedManifest): Manifest {
  const { manifest } = placed;
  const pod = podOf(placed);
  const { generateName: _, ...metadata } = pod.metadata;
  const name = `${manifest.metadata.name}-0`;
  const spec = pod['spec'] as Record<string, unknown>;
  const { serviceName, volumeClaimTemplates } = manifest['spec'] as Record<string, unknown>;
  const claims = (Array.isArray(volumeClaimTemplates) ? volumeClaimTemplates : []).map((claim: unknown, index) => {
    const claimName = isObject(claim) && isObject(claim['metadata']) ? claim['metadata']['name'] : undefined;
    if (typeof claimName !== 'string') {
      const where = `spec.volumeClaimTemplates[${index}].metadata.name`;
      throw new ManifestError(placed.place, `StatefulSet ${manifest.metadata.name}: ${where} is missing`);
    }
    return { name: claimName, persistentVolumeClaim: { claimName: `${claimName}-${name}` } };
  });
  const own = (Array.isArray(spec['volumes']) ? spec['volumes'] : []).filter(
    (volume: { name?: unknown } | null) => !claims.some((claim) => claim.name === volume?.name),
  );
  const volumes = [...own, ...claims];
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
  readonly spec: Record<string, unknown>;
}

function templateOf({ manifest, place }: PlacedManifest): Template {
  const object = `${manifest.kind} ${manifest.metadata.name}`;
  const template = isObject(manifest['spec']) ? manifest['spec']['template'] : undefined;
  if (!isObject(template) || !isObject(template['spec']))
    throw new ManifestError(place, `${object}: spec.template.spec is missing`);
  const metadata = isObject(template['metadata']) ? template['metadata'] : {};
  checkStrings(metadata['annotations'], `${place}: ${object}, spec.template`, 'annotation');
  checkStrings(metadata['labels'], `${place}: ${object}, spec.template`, 'label');
  const { labels, annotations } = metadata as Template['metadata'];
  return { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) }, spec: template['spec'] };
}

function ownedBy(manifest: Manifest): OwnerReference & { blockOwnerDeletion: boolean } {
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
