// Reads the metadata of objects from the Kubernetes API server.

import { ClusterReadError } from '../common/errors.ts';
import { parseJson } from '../common/json.ts';
import { isNamespaceName, isObjectName } from '../kubernetes/names.ts';
import { nameOf, namespaces, type ObjectKey, type ObjectMetadata } from '../kubernetes/objects.ts';
import type { ApiClient } from './http/api-client.ts';
import { HedgedRetry } from './http/retry-policy.ts';
import { ApiError, type FailureContext, statusError } from './http/status.ts';
import type { Answer } from './http/transport.ts';
import { isNotFoundStatus, isPartialObjectMetadata, METADATA } from './partial-metadata.ts';
import type { ClusterReader, ReadOptions, ReadResult } from './reader.ts';

/** The pause before a missing namespace is read again, in milliseconds: long enough for a cache that lags. */
const NAMESPACE_RETRY_MS = 200;

export class KubeReader implements ClusterReader {
  readonly complete = true;
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  get apiAudiences(): readonly string[] {
    return this.#client.audiences;
  }

  async read(key: ObjectKey, { deadline }: ReadOptions): Promise<ReadResult> {
    const path = pathOf(key);
    const context = contextOf(key);
    const interpret = (answer: Answer) => metadataIn(answer, key, context);
    const retry = new HedgedRetry(deadline);
    try {
      const object = await this.#client.get({ ...context, path, accept: METADATA, interpret }, retry);
      return { object, attempts: retry.attempts, cached: false };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Not the error's message: the pod's creator must not read addresses and paths of the function.
      const message = `${context.subject}: ${error.reason}`;
      throw new ClusterReadError(error.code, message, { attempts: retry.attempts, cause: error.cause });
    }
  }
}

function contextOf(key: ObjectKey): FailureContext {
  const { group, version, resource } = key.kind;
  return {
    subject: subjectOf(key),
    overrides: {
      forbidden: { reason: `the function's user is not allowed to get ${resource}` },
      'not-found': {
        code: 'cluster-kind-unknown',
        reason: `the answer is not about this object; the API server may not serve ${resource} in ${group === '' ? version : `${group}/${version}`}`,
      },
    },
  };
}

function subjectOf(key: ObjectKey): string {
  return `${nameOf(key)} could not be read from the cluster`;
}

/** @throws {ClusterReadError} for a name that cannot exist, so that no such name becomes part of a URL. */
function pathOf(key: ObjectKey): string {
  const { kind, namespace, name } = key;
  if (!isObjectName(name) || (namespace !== undefined && !isNamespaceName(namespace)))
    throw new ClusterReadError('name-invalid', `${subjectOf(key)}: this name is invalid in Kubernetes`);
  const group =
    kind.group === ''
      ? `/api/${kind.version}`
      : `/apis/${encodeURIComponent(kind.group)}/${encodeURIComponent(kind.version)}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${within}/${encodeURIComponent(kind.resource)}/${encodeURIComponent(name)}`;
}

/** Undefined if the object does not exist. @throws {ApiError} also if a namespace is missing. */
function metadataIn(answer: Answer, key: ObjectKey, context: FailureContext): ObjectMetadata | undefined {
  const body = parseJson(answer.body);
  // The Status must be about this object: a proxy's 404, or one for the kind, would otherwise withhold an
  // identity.
  if (answer.status === 404 && isNotFoundStatus(body, key)) {
    if (key.kind !== namespaces) return undefined;
    throw new ApiError('namespace-missing', context, { retryAfterMs: NAMESPACE_RETRY_MS });
  }
  if (answer.status !== 200) throw statusError(answer, context);
  if (!isPartialObjectMetadata(body))
    throw new ApiError('unreadable', context, { reason: 'the answer is not the metadata of an object' });
  const { name, namespace, uid, annotations, ownerReferences } = body.metadata;
  // A cache or connection pool in between that mixes up answers would give a pod the identity of another one.
  if ((name ?? key.name) !== key.name || (namespace ?? key.namespace) !== key.namespace)
    throw new ApiError('unreadable', context, { reason: 'the answer is the metadata of another object' });
  return { uid, annotations: annotations ?? {}, ownerReferences: ownerReferences ?? [] };
}
