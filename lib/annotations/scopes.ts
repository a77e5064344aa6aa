// The four scopes whose annotations configure a pod, read from the cluster in one round trip.

import { guessController, isDetailOfItsController, kindOf } from '../cluster/owners.ts';
import type { ClusterReader } from '../cluster/reader.ts';
import type { Deadline } from '../common/deadline.ts';
import { ClusterReadError } from '../common/errors.ts';
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
import type { Finding } from './findings.ts';
import { Reads } from './reads.ts';

export type ScopeKind = 'pod' | 'owner' | 'serviceaccount' | 'namespace';

/** One object whose annotations count. */
export interface Scope {
  readonly kind: ScopeKind;
  /** The object for people, such as `ServiceAccount default/my-app`. */
  readonly object: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The pod as far as its scopes depend on it. */
export interface ScopedPod {
  readonly namespace: string;
  /** For people: the name, or `<generateName>*` where the API server will make one up. */
  readonly displayName: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  /** Absent where the pod names none. */
  readonly serviceAccountName: string | undefined;
}

export interface ScopesRead {
  /** From the most specific to the widest: pod, owners from near to far, ServiceAccount, namespace. */
  readonly scopes: readonly Scope[];
  readonly findings: readonly Finding[];
  /** HTTP requests made to the cluster. */
  readonly attempts: number;
  /** Whether any object came from a cache, so that reading afresh could give another answer. */
  readonly cached: boolean;
}

export interface ScopeReadOptions {
  readonly deadline: Deadline;
  readonly fresh: boolean;
  readonly ownerKinds: readonly ObjectKind[];
}

/** Owners of owners of owners are followed this far; nothing real is deeper, and a forged loop ends. */
const MOST_OWNERS = 4;

export function podScope(pod: ScopedPod): Scope {
  return { kind: 'pod', object: `Pod ${pod.namespace}/${pod.displayName}`, annotations: pod.annotations };
}

/**
 * Reads the annotations of everything that configures `pod`. The reads do not wait for each other: the owner's owner
 * is guessed and read at the same time; only a wrong guess costs a further round trip.
 *
 * @throws {ClusterReadError} when an object that counts cannot be read.
 */
export async function readScopes(
  pod: ScopedPod,
  reader: ClusterReader,
  options: ScopeReadOptions,
): Promise<ScopesRead> {
  const reads = new Reads(reader, options);
  const all = Promise.all([readOwners(pod, reads, options.ownerKinds), readWider(pod, reads)]);
  const [owners, wider] = await tell(all, reads, options.deadline);
  return {
    scopes: [podScope(pod), ...owners.scopes, ...wider],
    findings: owners.findings,
    attempts: reads.attempts,
    cached: reads.cached,
  };
}

/**
 * ServiceAccount and namespace alone: what configures pods that are yet to be made.
 *
 * @throws {ClusterReadError} when one of them cannot be read.
 */
export async function readWiderScopes(
  pod: ScopedPod,
  reader: ClusterReader,
  options: ScopeReadOptions,
): Promise<Pick<ScopesRead, 'scopes' | 'attempts'>> {
  const reads = new Reads(reader, options);
  const scopes = await tell(readWider(pod, reads), reads, options.deadline);
  return { scopes, attempts: reads.attempts };
}

async function readWider({ namespace, serviceAccountName: name }: ScopedPod, reads: Reads): Promise<Scope[]> {
  const [serviceAccount, ofNamespace] = await Promise.all([
    name !== undefined && isObjectName(name)
      ? readScope('serviceaccount', { kind: serviceAccounts, namespace, name }, reads)
      : [],
    readScope('namespace', { kind: namespaces, name: namespace }, reads),
  ]);
  return [...serviceAccount, ...ofNamespace];
}

/** With one error for all that was read for the pod: the most telling one. */
async function tell<Value>(work: Promise<Value>, reads: Reads, deadline: Deadline): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    const message = 'the objects that configure the pod could not be read in time';
    const inTheEnd =
      error === deadline.abortSignal().reason
        ? new ClusterReadError('cluster-timeout', message, { cause: error })
        : error;
    const failure = await reads.mostTelling(inTheEnd);
    throw failure instanceof ClusterReadError ? failure.withAttempts(reads.attempts) : failure;
  }
}

async function readScope(kind: ScopeKind, key: ObjectKey, reads: Reads): Promise<Scope[]> {
  const object = await reads.read(key);
  return object ? [{ kind, object: nameOf(key), annotations: object.annotations }] : [];
}

async function readOwners(
  pod: ScopedPod,
  reads: Reads,
  kinds: readonly ObjectKind[],
): Promise<{ scopes: Scope[]; findings: Finding[] }> {
  const scopes: Scope[] = [];
  const findings: Finding[] = [];
  let reference = controllerOf(pod.ownerReferences);
  let holder: { kind: ScopeKind; object: string } = podScope(pod);
  let guess: { key: ObjectKey; read: Promise<ObjectMetadata | undefined> } | undefined;

  for (let depth = 0; reference && depth < MOST_OWNERS; depth++) {
    const kind = kindOf(reference, kinds);
    if (!kind) break;
    if (!isObjectName(reference.name)) {
      findings.push(
        ownerFinding(
          'owner-name-invalid',
          reference,
          holder,
          'no object can have this name, so the reference is not followed; correct it',
        ),
      );
      break;
    }
    const key: ObjectKey = { kind, namespace: pod.namespace, name: reference.name };
    const guessed = guess?.key.kind === kind && guess.key.name === key.name ? guess.read : undefined;
    const read = guessed ?? reads.read(key, reference.uid);
    if (depth === 0) guess = startGuess(key, pod, reads, kinds);

    let owner = await read;
    // A guess was read before the uid was known: a cached object of the same name may have been replaced since.
    if (guessed && owner && owner.uid !== reference.uid) owner = await reads.read(key, reference.uid);
    if (!owner) break;
    if (owner.uid !== reference.uid) {
      findings.push(
        ownerFinding(
          'owner-uid-mismatch',
          reference,
          holder,
          `the ${nameOf(key)} that exists has another uid, so its annotations are not used; remove the reference unless the owner was just replaced`,
        ),
      );
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

function startGuess(owner: ObjectKey, pod: ScopedPod, reads: Reads, kinds: readonly ObjectKind[]) {
  const guessed = guessController(owner, pod.labels, kinds);
  if (!guessed || !isObjectName(guessed.name)) return undefined;
  const key: ObjectKey = { kind: guessed.kind, namespace: pod.namespace, name: guessed.name };
  const read = reads.read(key);
  // A guess that fails matters only once it is confirmed, and then whoever awaits it gets the error.
  read.catch(() => undefined);
  return { key, read };
}

function ownerFinding(
  code: 'owner-name-invalid' | 'owner-uid-mismatch',
  reference: OwnerReference,
  holder: { kind: ScopeKind; object: string },
  message: string,
): Finding {
  const value = `${reference.kind} ${reference.name}`;
  return { code, severity: 'warn', key: 'ownerReference', value, scope: holder.kind, object: holder.object, message };
}
