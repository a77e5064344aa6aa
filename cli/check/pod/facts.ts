// Facts of one pod for several checks: the pod, what a new pod would get, and the objects that configure it.

import { controllerOf } from '../../../lib/kubernetes/objects.ts';
import { parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import type { NamespacedName } from '../../namespaced-name.ts';
import { type AdmittedPod, admit } from '../../preview/admission.ts';
import { environmentOf } from '../../preview/cluster-settings.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import { Skipped } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import { KubeScopeReader, type ReadMetadata } from '../webhook/kube-scope-reader.ts';

export interface Examined {
  readonly admitted: AdmittedPod;
  /** Metadata of owners, ServiceAccount and namespace, by names such as `Deployment shop/web`. */
  readonly objects: ReadonlyMap<string, ReadMetadata>;
}

export interface PodFacts {
  readonly name: NamespacedName;
  /** Such as `shop/web-0`. */
  readonly text: string;
  readonly pod: Fact<Manifest | undefined>;
  readonly examined: Fact<Examined>;
}

export function podFacts(name: NamespacedName): PodFacts {
  const text = `${name.namespace}/${name.name}`;
  const pod: Fact<Manifest | undefined> = async ({ kube }) => {
    const found = await kube.find<Manifest>(`/api/v1/namespaces/${name.namespace}/pods/${name.name}`);
    return found && { ...found, apiVersion: 'v1', kind: 'Pod' };
  };
  const examined: Fact<Examined> = async (context) => {
    const found = await context.fact(pod);
    if (!found) throw new Skipped('it needs pod-found');
    const reader = new KubeScopeReader(context.kube);
    const admitted = await examine(context, found, reader);
    return { admitted, objects: reader.objects };
  };
  return { name, text, pod, examined };
}

/** Admits a new pod of this form. Without cwii.yaml all settings have their defaults. */
export function examine({ cluster }: CheckContext, pod: Manifest, reader: KubeScopeReader): Promise<AdmittedPod> {
  const settings = parseMutateSettings(cluster ? environmentOf(cluster) : {});
  return admit({ manifest: pod, place: 'cwii check' }, settings, reader);
}

/** The direct owner of a pod, such as `ReplicaSet web-5d4f`. */
export function ownerOf({ metadata }: Manifest): string | undefined {
  const owner = controllerOf(metadata.ownerReferences ?? []);
  return owner && `${owner.kind} ${owner.name}`;
}

export function createdAt({ metadata }: { readonly metadata: object }): number {
  const { creationTimestamp = '' } = metadata as { readonly creationTimestamp?: string };
  return Date.parse(creationTimestamp);
}
