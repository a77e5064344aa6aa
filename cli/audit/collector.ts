// Collects the pods and pod templates of a cluster by workload. Each is assessed at once and then dropped.

import { isDeepStrictEqual } from 'node:util';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { fieldOf } from '../../lib/common/json.ts';
import { displayName } from '../../lib/kubernetes/names.ts';
import { controllerOf, groupOf } from '../../lib/kubernetes/objects.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import type { CredentialNames } from '../env-from/credential-names.ts';
import { type CredentialFromObject, credentialsFromObjects, type KeyReader } from '../env-from/find-credentials.ts';
import { type AdmittedPod, admit } from '../preview/admission.ts';
import { isRunning, topOwner } from '../preview/explain/workloads.ts';
import type { PlacedManifest } from '../preview/manifest-files.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import { type Assessment, assessNext, assessPod } from './assess.ts';
import { Causes, type CausesInput } from './causes.ts';
import { REVISION } from './cluster-objects.ts';
import { describeRequests, type RequestDescription } from './describe.ts';

export interface PodGroup extends Assessment {
  readonly names: string[];
  readonly serviceAccount: string;
  /** The ReplicaSet, if the Deployment has another one now. */
  readonly oldReplicaSet: string | undefined;
}

/** One workload with its pods, without their specs. */
export interface AuditedWorkload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** A new pod; undefined if the template is not known. */
  readonly next: Assessment | undefined;
  /** From the template, or else from the first pod. */
  readonly requests: RequestDescription;
  readonly serviceAccount: string;
  readonly groups: PodGroup[];
}

export interface CollectorInput extends CausesInput {
  readonly settings: MutateSettings;
  /** Usually `objects`. */
  readonly reader: ClusterReader & { readonly missing?: Set<string> };
  /** For credentials that containers get from ConfigMaps and Secrets. */
  readonly credentialNames: CredentialNames;
  readonly keys: KeyReader;
}

interface Entry extends AuditedWorkload {
  readonly template: AdmittedPod | undefined;
  readonly causes: Causes;
}

/** The pod that describes the workload. */
interface Shown {
  readonly pod: AdmittedPod;
  readonly credentials: readonly CredentialFromObject[];
  readonly isTemplate: boolean;
}

export class Collector {
  readonly #input: CollectorInput;
  readonly #entries = new Map<string, Entry>();

  constructor(input: CollectorInput) {
    this.#input = input;
  }

  /** Adds the pod of a workload's template. Templates come before pods, which are compared with them. */
  async addTemplate(placed: PlacedManifest & { readonly workload: Manifest }): Promise<void> {
    const { kind, metadata } = placed.workload;
    const admitted = await this.#admit(placed);
    const credentials = await this.#credentialsOf(admitted);
    this.#entry(kind, metadata, { pod: admitted, credentials, isTemplate: true });
  }

  async addPod(placed: PlacedManifest): Promise<void> {
    const { manifest } = placed;
    const { objects } = this.#input;
    if (!isRunning(manifest) || isEnding(manifest)) return;
    const { kind, metadata } = topOwner(manifest, objects);
    const admitted = await this.#admit(placed);
    const credentials = await this.#credentialsOf(admitted);
    const entry = this.#entry(kind, metadata, { pod: admitted, credentials, isTemplate: false });
    const assessment = assessPod(admitted, entry.template, entry.causes, credentials);
    const oldReplicaSet = this.#oldReplicaSet(manifest);
    const reasons =
      oldReplicaSet === undefined
        ? assessment.reasons
        : assessment.reasons.map((reason) => entry.causes.duringRollout(reason));
    const shared = { ...assessment, reasons, serviceAccount: serviceAccountOf(manifest), oldReplicaSet };
    const group = entry.groups.find(({ names: _, ...known }) => isDeepStrictEqual(known, shared));
    const name = manifest.metadata.name ?? '';
    if (group) group.names.push(name);
    else entry.groups.push({ ...shared, names: [name] });
  }

  get workloads(): readonly AuditedWorkload[] {
    return [...this.#entries.values()];
  }

  #admit(placed: PlacedManifest): Promise<AdmittedPod> {
    return admit(placed, this.#input.settings, this.#input.reader);
  }

  /** Only of a pod with an identity, which is not useless for another reason. */
  async #credentialsOf(pod: AdmittedPod): Promise<readonly CredentialFromObject[]> {
    const { credentialNames, keys } = this.#input;
    if (pod.verdict.kind !== 'admitted' || pod.verdict.injected.length === 0) return [];
    return credentialsFromObjects(pod, credentialNames, keys, (manifest) =>
      this.#admit({ manifest, place: pod.name, ...(pod.workload && { workload: pod.workload }) }),
    );
  }

  #entry(kind: string, { namespace = '', ...metadata }: Manifest['metadata'], shown: Shown): Entry {
    const name = displayName(metadata) ?? '';
    const key = [namespace, kind, name].join('/');
    const known = this.#entries.get(key);
    if (known) return known;
    const causes = new Causes(this.#input, { namespace, kind, name });
    const { pod, credentials, isTemplate } = shown;
    const entry: Entry = {
      namespace,
      kind,
      name,
      template: isTemplate ? pod : undefined,
      causes,
      next: isTemplate ? assessNext(pod, causes, credentials) : undefined,
      requests: describeRequests(pod, isTemplate, credentials),
      serviceAccount: serviceAccountOf(pod.before),
      groups: [],
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #oldReplicaSet({ metadata: { namespace, ownerReferences } }: Manifest): string | undefined {
    const { objects } = this.#input;
    const reference = controllerOf(ownerReferences ?? []);
    if (reference?.kind !== 'ReplicaSet') return undefined;
    const replicaSet = objects.find(groupOf(reference.apiVersion), reference.kind, namespace, reference.name);
    const owner = controllerOf(replicaSet?.metadata.ownerReferences ?? []);
    const deployment = owner && objects.find(groupOf(owner.apiVersion), owner.kind, namespace, owner.name);
    const [present, newest] = [replicaSet, deployment].map((object) => object?.metadata.annotations?.[REVISION]);
    return newest !== undefined && present !== newest ? reference.name : undefined;
  }
}

function isEnding({ metadata }: Manifest): boolean {
  return fieldOf(metadata, 'deletionTimestamp') !== undefined;
}

function serviceAccountOf({ spec }: Manifest): string {
  const name = fieldOf(spec, 'serviceAccountName');
  return typeof name === 'string' ? name : 'default';
}
