// Gives the identity of a running pod to the ephemeral containers that are added to it (`kubectl debug`).

import { chooseContainers } from '../annotations/container-choice.ts';
import { resolve } from '../annotations/resolve.ts';
import { debugAdditions } from '../injection/debug-containers.ts';
import { inject } from '../injection/inject.ts';
import type { ContainerAddition } from '../injection/plan.ts';
import { podOfRequest, readPod } from '../kubernetes/pod.ts';
import type { AdmissionRequest } from '../kubernetes/review.ts';
import { selectProviders } from '../providers/provider-set.ts';
import type { AdmissionContext, Decision } from './mutate.ts';
import { podAlone, readScopes } from './read-scopes.ts';

/**
 * Decides on an update of a pod's ephemeral containers. A new one gets the variables and mounts that the
 * pod's containers have, because the volumes of a running pod do not change. It is never denied.
 *
 * @throws {ReviewError} if the request does not have the form that the API server sends.
 * @throws {ClusterReadError} if an object that may exclude the container cannot be read before the deadline.
 */
export async function mutateDebug(request: AdmissionRequest, context: AdmissionContext): Promise<Decision> {
  const { reader, settings, deadline } = context;
  const pod = podOfRequest(request);
  const before = request.oldObject ? readPod(request.oldObject, pod.namespace).ephemeralContainers : [];
  const { providers, keys } = await selectProviders([], pod, settings);
  const found = debugAdditions(pod, before, providers);
  const read =
    reader && found.length > 0
      ? await readScopes(pod, reader, { deadline, ownerKinds: settings.ownerKinds, fresh: false })
      : podAlone(pod);
  const resolution = resolve(read.scopes, settings.nativeAnnotations ? { podLabels: pod.labels } : undefined, keys);
  const given = found.filter(({ provider, name }) => chooseContainers(resolution, provider).includes(name));
  return {
    kind: 'admitted',
    patch: inject(pod.raw, {
      volumes: [],
      containers: joined(given),
      initContainers: [],
      annotations: {},
      corrections: [],
      removedInitContainers: [],
    }),
    pod,
    injected: [...new Set(given.map(({ provider }) => provider))].sort(),
    findings: [],
    resolution,
    providers,
    scopes: read.scopes,
    reads: read.attempts,
    mayWithhold: false,
  };
}

/** One addition for each container: the first one creates a list that the pod lacks. */
function joined(additions: readonly ContainerAddition[]): ContainerAddition[] {
  const byIndex = Map.groupBy(additions, ({ index }) => index);
  return [...byIndex].map(([index, own]) => ({
    list: 'ephemeralContainers',
    index,
    env: own.flatMap(({ env }) => env),
    volumeMounts: own.flatMap(({ volumeMounts }) => volumeMounts),
  }));
}
