// Admits one Pod as the API server would: calls the webhook's logic and applies its patch.

import jsonPatch from 'fast-json-patch';
import { type Decision, mutate } from '../../lib/admission/mutate.ts';
import { route, type SkipReason } from '../../lib/admission/route.ts';
import { findMisplacedLabel } from '../../lib/annotations/misplaced-label.ts';
import type { Scope } from '../../lib/annotations/scope.ts';
import type { ClusterReader } from '../../lib/cluster/reader.ts';
import { Deadline } from '../../lib/common/deadline.ts';
import { ReviewError } from '../../lib/common/errors.ts';
import type { PatchOperation } from '../../lib/injection/inject.ts';
import { displayName } from '../../lib/kubernetes/names.ts';
import type { AdmissionRequest } from '../../lib/kubernetes/review.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import { ManifestError } from './manifest-error.ts';
import type { PlacedManifest } from './manifest-files.ts';
import type { Manifest } from './manifest-reader.ts';

/** The decision on a Pod, or the reason why cwii does not look at it. */
export type Verdict = Decision | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** One Pod before and after admission. */
export interface AdmittedPod {
  /** `<namespace>/<name>`, for messages. */
  readonly name: string;
  readonly before: Manifest;
  /** Made when it is first read: of thousands of pods that are current, nobody needs it. */
  readonly after: Manifest;
  readonly verdict: Verdict;
  /** The objects whose annotations were consulted, from the pod to the namespace. */
  readonly scopes: readonly Scope[];
  /** Objects that can configure the pod, but are not among the manifests. */
  readonly missing: readonly string[];
  /** The workload whose template the pod is from. */
  readonly workload: Manifest | undefined;
  readonly settings: MutateSettings;
}

/** The clouds, and the services that the pod's annotations name. */
export function providersOf({ verdict }: AdmittedPod): readonly Provider[] {
  return verdict.kind === 'skipped' ? [] : verdict.providers;
}

/** The request of an AdmissionReview for the creation of `pod`. */
export function createRequest(pod: Manifest, uid: string): AdmissionRequest {
  return {
    uid,
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    name: pod.metadata.name,
    namespace: pod.metadata.namespace,
    operation: 'CREATE',
    object: pod,
  };
}

/** @throws {ManifestError} if the manifest is not a Pod that the API server would send to webhooks. */
export async function admit(
  { manifest, place, workload }: PlacedManifest,
  settings: MutateSettings,
  reader: ClusterReader & { readonly missing?: Set<string> },
): Promise<AdmittedPod> {
  // Required by mutate; reading manifests takes no time.
  using deadline = new Deadline(60_000);
  reader.missing?.clear();
  try {
    const request = createRequest(manifest, 'preview');
    const routed = route(request, settings.ownerKinds);
    const verdict: Verdict =
      routed.kind === 'skip'
        ? { kind: 'skipped', reason: routed.reason }
        : withFindings(
            await mutate(request, { settings, reader, deadline }),
            settings.nativeAnnotations ? workload : undefined,
          );
    let after: Manifest | undefined;
    return {
      name: `${manifest.metadata.namespace}/${displayName(manifest.metadata)}`,
      before: manifest,
      get after() {
        const patch = verdict.kind === 'admitted' ? verdict.patch : [];
        after ??= patch.length > 0 ? patched(manifest, patch) : manifest;
        return after;
      },
      verdict,
      scopes: verdict.kind === 'skipped' ? [] : verdict.scopes,
      missing: [...(reader.missing ?? [])],
      workload,
      settings,
    };
  } catch (error) {
    if (error instanceof ReviewError) {
      const object = `${manifest.kind} ${manifest.metadata.name ?? manifest.metadata.generateName}`;
      throw new ManifestError(place, error.message.replace('request.object', object), { cause: error });
    }
    throw error;
  }
}

/** The decision with the findings of the advice that its author gets for the workload. */
function withFindings(decision: Decision, workload: Manifest | undefined): Decision {
  if (!workload) return decision;
  const { kind, metadata } = workload;
  const object = `${kind} ${metadata.namespace}/${metadata.name}`;
  const misplaced = findMisplacedLabel(object, metadata.labels, decision.pod.labels);
  return { ...decision, findings: [...decision.findings, ...misplaced] };
}

/** `manifest` with the patch applied. */
export function patched(manifest: Manifest, patch: readonly PatchOperation[]): Manifest {
  return jsonPatch.applyPatch(structuredClone(manifest), structuredClone([...patch]), true).newDocument;
}
