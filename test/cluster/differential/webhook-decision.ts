// The webhook's decision on a pod, in this process.

import jsonPatch from 'fast-json-patch';
import { mutate } from '../../../lib/admission/mutate.ts';
import type { Finding } from '../../../lib/annotations/findings.ts';
import { Deadline } from '../../../lib/common/deadline.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { FakeCluster } from '../../fakes/cluster.ts';
import type { Annotations } from '../manifests.ts';
import type { StoredPod } from '../stored-pod.ts';

export interface PodScopes {
  readonly namespace: string;
  readonly ofNamespace: Annotations;
  readonly ofAccount: Annotations;
}

export interface WebhookDecision {
  /** The pod as the webhook admits it; undefined if it denies the pod. */
  readonly pod: StoredPod | undefined;
  readonly findings: readonly Finding[];
}

/** @param plain the pod as the API server sends it: with its defaults and the volume of the API token. */
export async function decideOn(
  plain: StoredPod,
  { namespace, ofNamespace, ofAccount }: PodScopes,
  settings: MutateSettings,
): Promise<WebhookDecision> {
  const { uid: _, creationTimestamp: __, ...metadata } = plain.metadata;
  const object = { ...plain, metadata: { ...metadata, namespace } };
  const reader = new FakeCluster()
    .serve(`ServiceAccount ${namespace}/${plain.spec.serviceAccountName}`, { annotations: ofAccount })
    .serve(`Namespace ${namespace}`, { annotations: ofNamespace });
  using deadline = new Deadline(60_000);
  const request = {
    uid: 'a',
    namespace,
    operation: 'CREATE',
    resource: { group: '', version: 'v1', resource: 'pods' },
    object,
  } as unknown as Parameters<typeof mutate>[0];
  const decision = await mutate(request, { settings, reader, deadline });
  const { findings } = decision;
  if (decision.kind === 'denied') return { pod: undefined, findings };
  const patch = structuredClone([...decision.patch]) as never;
  return { pod: jsonPatch.applyPatch(structuredClone(object), patch, true).newDocument as StoredPod, findings };
}
