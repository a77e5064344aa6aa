// Reads a pod's scopes in one round trip: owning workloads, ServiceAccount and namespace.

import { type Finding, findingOf } from '../annotations/findings.ts';
import { podScope, type Scope, type ScopeKind } from '../annotations/scope.ts';
import { guessOwners, isDetailOfItsController, kindOf } from '../cluster/owners.ts';
import type { ClusterReader } from '../cluster/reader.ts';
import { isObjectName } from '../kubernetes/names.ts';
import {
  controllerOf,
  nameOf,
  namespaces,
  type ObjectKey,
  type ObjectKind,
  type ObjectMetadata,
  type OwnerReference,
  serviceAccounts,
} from '../kubernetes/objects.ts';
import type { Pod } from '../kubernetes/pod.ts';
import { ReadSession, type ReadSessionOptions } from './read-session.ts';

export interface ScopesRead {
  /** From the most specific to the widest: pod, owners from the nearest, ServiceAccount, namespace. */
  readonly scopes: readonly Scope[];
  readonly findings: readonly Finding[];
  /** HTTP requests made to the cluster. */
  readonly attempts: number;
  /** Whether any object came from a cache, so that another read could give another answer. */
  readonly cached: boolean;
}

/** Limit on the length of a chain of owners, each of which can cost a round trip. Real chains are shorter. */
export const MOST_OWNERS = 8;

/** The scopes of a pod without the cluster: the pod alone. */
export function podAlone(pod: Pod): ScopesRead {
  return { scopes: [podScope(pod)], findings: [], attempts: 0, cached: false };
}

/**
 * Reads the annotations of everything that configures `pod`. The reads run in parallel: the owner's owner is
 * guessed and read at the same time. Only an owner that was not guessed costs a further round trip.
 *
 * @throws {ClusterReadError} if an object that counts cannot be read.
 */
export async function readScopes(
  pod: Pod,
  reader: ClusterReader,
  { ownerKinds, ...options }: ReadSessionOptions & { readonly ownerKinds: readonly ObjectKind[] },
): Promise<ScopesRead> {
  const session = new ReadSession(reader, options);
  const reads = Promise.all([readOwners(pod, session, ownerKinds), readWiderScopes(pod, session)]);
  const [owners, wider] = await session.settle(reads);
  return {
    scopes: [podScope(pod), ...owners.scopes, ...wider],
    findings: [...owners.findings, ...(session.complete ? missingServiceAccount(pod, wider) : [])],
    attempts: session.attempts,
    cached: session.cached,
  };
}

/** The API server accepts no pod without its ServiceAccount, so one that is missing is in another cluster. */
function missingServiceAccount(pod: Pod, wider: readonly Scope[]): Finding[] {
  const name = pod.serviceAccountName;
  if (name === undefined || !isObjectName(name) || wider.some(({ kind }) => kind === 'serviceaccount')) return [];
  const place = { key: 'serviceAccountName', value: name, scope: 'pod', object: pod.object } as const;
  return [findingOf('service-account-not-found', place)];
}

/** Reads ServiceAccount and namespace. */
export async function readWiderScopes(
  { namespace, serviceAccountName: name }: Pick<Pod, 'namespace' | 'serviceAccountName'>,
  session: ReadSession,
): Promise<Scope[]> {
  const [serviceAccount, ofNamespace] = await Promise.all([
    name !== undefined && isObjectName(name)
      ? readScope('serviceaccount', { kind: serviceAccounts, namespace, name }, session)
      : [],
    readScope('namespace', { kind: namespaces, name: namespace }, session),
  ]);
  return [...serviceAccount, ...ofNamespace];
}

async function readScope(kind: ScopeKind, key: ObjectKey, session: ReadSession): Promise<Scope[]> {
  const object = await session.read(key);
  return object ? [{ kind, object: nameOf(key), annotations: object.annotations }] : [];
}

async function readOwners(
  pod: Pod,
  session: ReadSession,
  kinds: readonly ObjectKind[],
): Promise<{ scopes: Scope[]; findings: Finding[] }> {
  const scopes: Scope[] = [];
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const guesses = new Map<string, Promise<ObjectMetadata | undefined>>();
  let reference = controllerOf(pod.ownerReferences);
  let holder: { kind: ScopeKind; object: string } = podScope(pod);

  // A forged loop ends at the first owner that was already read.
  while (reference && !seen.has(reference.uid)) {
    const kind = kindOf(reference, kinds);
    if (!kind) break;
    const place = locationOf(reference, holder);
    if (!isObjectName(reference.name)) {
      findings.push(findingOf('owner-name-invalid', place));
      break;
    }
    if (seen.size === MOST_OWNERS) {
      findings.push(findingOf('owners-too-many', place, { most: MOST_OWNERS }));
      break;
    }
    const key: ObjectKey = { kind, namespace: pod.namespace, name: reference.name };
    const guessed = guesses.get(idOf(key));
    const read = guessed ?? session.read(key, reference.uid);
    if (seen.size === 0) startGuesses(key, pod, session, kinds, guesses);
    seen.add(reference.uid);

    let owner = await read;
    // A guess was read before the uid was known: a cached object of the same name may have been replaced
    // since then.
    if (guessed && owner && owner.uid !== reference.uid) owner = await session.read(key, reference.uid);
    if (!owner) {
      if (session.complete) findings.push(findingOf('owner-not-found', place));
      break;
    }
    if (owner.uid !== reference.uid) {
      findings.push(findingOf('owner-uid-mismatch', place, { object: nameOf(key) }));
      break;
    }
    if (!isDetailOfItsController(kind, owner.ownerReferences)) {
      scopes.push({ kind: 'owner', object: nameOf(key), annotations: owner.annotations });
    }
    holder = { kind: 'owner', object: nameOf(key) };
    reference = controllerOf(owner.ownerReferences);
  }
  return { scopes, findings };
}

/** Starts the reads of the owners that names and labels suggest, and adds them to `guesses`. */
function startGuesses(
  owner: ObjectKey,
  pod: Pod,
  session: ReadSession,
  kinds: readonly ObjectKind[],
  guesses: Map<string, Promise<ObjectMetadata | undefined>>,
): void {
  for (const { kind, name } of guessOwners(owner, pod.labels, kinds)) {
    if (!isObjectName(name)) continue;
    const key: ObjectKey = { kind, namespace: pod.namespace, name };
    const read = session.read(key);
    // The error of a failed guess matters only if the guess is confirmed. It is then awaited, and throws
    // there.
    read.catch(() => undefined);
    guesses.set(idOf(key), read);
  }
}

function idOf({ kind, name }: ObjectKey): string {
  return `${kind.group}/${kind.kind}/${name}`;
}

function locationOf({ kind, name }: OwnerReference, holder: { kind: ScopeKind; object: string }) {
  return { key: 'ownerReference', value: `${kind} ${name}`, scope: holder.kind, object: holder.object };
}
