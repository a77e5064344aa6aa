// Finds the reason why a running pod does not have the identity that a new pod would get.

import { INJECT_KEY } from '../../../lib/annotations/keys.ts';
import { restartCommand } from '../../../lib/kubernetes/owner-kinds.ts';
import { providersOf } from '../../preview/admission.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import type { CheckContext } from '../context.ts';
import { readCounters } from '../webhook/api-server-metrics.ts';
import type { ReadMetadata } from '../webhook/kube-scope-reader.ts';
import { registration } from '../webhook/registration.ts';
import { createdAt, type Examined } from './facts.ts';
import { lastWritten } from './times.ts';

const REVISION = 'deployment.kubernetes.io/revision';

/** The first reason that applies, as the end of a sentence. */
export async function reasonOf(context: CheckContext, pod: Manifest, examined: Examined): Promise<string> {
  const created = createdAt(pod);
  const old = oldReplicaSet(examined);
  if (old !== undefined) return old;
  const found = await context.fact(registration);
  if (found && createdAt(found) > created)
    return `it is older than the registration of the webhook (${at(createdAt(found))})`;
  const labelled = namespaceOf(pod, examined);
  const label = labelled && lastWritten(labelled, 'labels', INJECT_KEY);
  if (label !== undefined && label > created)
    return `it is older than the label ${INJECT_KEY} on Namespace ${pod.metadata.namespace} (${at(label)})`;
  const annotation = newerAnnotation(examined, created);
  if (annotation !== undefined) return annotation;
  return notAnswered(context, examined);
}

/** A newer revision of the Deployment exists, but its rollout has not replaced this pod. */
function oldReplicaSet({ objects }: Examined): string | undefined {
  const named = (kind: string) => [...objects].find(([name]) => name.startsWith(`${kind} `));
  const [replicaSet, deployment] = [named('ReplicaSet'), named('Deployment')];
  const revision = (entry: typeof replicaSet) => entry?.[1].annotations?.[REVISION];
  if (!replicaSet || !deployment || revision(replicaSet) === revision(deployment)) return undefined;
  return `it belongs to an old ${replicaSet[0].replace(/ .*\//, ' ')} (revision ${revision(replicaSet)}); ${deployment[0]} is at revision ${revision(deployment)}, and its rollout has not replaced the pod`;
}

function namespaceOf(pod: Manifest, { objects }: Examined): ReadMetadata | undefined {
  return objects.get(`Namespace ${pod.metadata.namespace}`);
}

function newerAnnotation(examined: Examined, created: number): string | undefined {
  const newer = requestsOf(examined).find(({ written }) => written !== undefined && written > created);
  return newer && `it is older than the annotation ${newer.key} on ${newer.object} (${at(newer.written ?? 0)})`;
}

interface Request {
  readonly key: string;
  readonly object: string;
  /** Undefined if the API server does not know it. */
  readonly written: number | undefined;
}

/** The annotations of other objects than the pod that request an identity for it. */
function requestsOf({ admitted, objects }: Examined): Request[] {
  const { verdict } = admitted;
  if (verdict.kind === 'skipped') return [];
  const keys = providersOf(admitted).flatMap(({ trigger, injectKey }) => [trigger, injectKey]);
  return keys.flatMap((key) => {
    const source = verdict.resolution.find(key)?.source;
    if (!source || source.kind === 'pod') return [];
    const { object } = source;
    return [{ key, object, written: lastWritten(objects.get(object) ?? {}, 'annotations', key) }];
  });
}

async function notAnswered(context: CheckContext, examined: Examined): Promise<string> {
  const { failedOpen: count } = await readCounters(context);
  if (count > 0)
    return `the webhook did not answer when it was created: since the API server's start ${count} pods were let through without cwii`;
  const unknown = requestsOf(examined).find(({ written }) => written === undefined);
  const orOlder = unknown
    ? `; or it is older than the annotation ${unknown.key} on ${unknown.object}, whose time the API server does not know`
    : '';
  return `the webhook was not called, or did not answer, when it was created${orOlder}`;
}

function at(time: number): string {
  return new Date(time).toISOString();
}

/** The command that replaces the pod. */
export function replaceCommand(pod: Manifest, { objects }: Examined): string {
  const { namespace = '', name = '', ownerReferences } = pod.metadata;
  const owners = [...objects.keys()].flatMap((object) => {
    const [kind = '', path = ''] = object.split(' ');
    return restartCommand(kind, namespace, path.slice(path.indexOf('/') + 1)) ?? [];
  });
  const [restart] = owners;
  if (restart !== undefined) return `\`${restart}\``;
  const hasOwner = (ownerReferences ?? []).length > 0;
  return hasOwner
    ? `\`kubectl delete pod ${name} -n ${namespace}\`: its controller creates it again`
    : `delete the pod and create it again: it has no controller`;
}
