// Reads objects' metadata from a Kubernetes API server: paths, credentials, retries, and what its answers mean.

import { setTimeout as pause } from 'node:timers/promises';
import { abortable, Deadline } from '../common/deadline.ts';
import { ClusterReadError } from '../common/errors.ts';
import { parseJson } from '../common/json.ts';
import { withoutTrailingSlashes } from '../common/trailing-slashes.ts';
import { isNamespaceName, isObjectName } from '../kubernetes/names.ts';
import { nameOf, type ObjectKey, type ObjectMetadata } from '../kubernetes/objects.ts';
import type { Credential } from './credentials/credential.ts';
import type { ClusterConnection } from './http/connection.ts';
import { type Answer, retryAfterMs } from './http/transport.ts';
import { isAbsenceOf, isMetadataOnly } from './metadata-only.ts';
import type { ClusterReader, ReadOptions, ReadResult } from './reader.ts';

/** Metadata only: a Deployment's spec is not ours to see, and costs time. */
const ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

export class KubeReader implements ClusterReader {
  readonly #connection: ClusterConnection;
  readonly #credential: Credential;
  readonly #basePath: string;

  /** @param basePath what precedes `/api` and `/apis` in the URL's path; '' where the API server is reached directly. */
  constructor(connection: ClusterConnection, credential: Credential, basePath = '') {
    this.#connection = connection;
    this.#credential = credential;
    this.#basePath = withoutTrailingSlashes(basePath);
  }

  get apiAudiences(): readonly string[] {
    return this.#credential.audiences;
  }

  async read(key: ObjectKey, { deadline }: ReadOptions): Promise<ReadResult> {
    const path = this.#basePath + pathOf(key);
    using half = new Deadline(deadline.remaining() / 2);
    const first = this.#attempt(key, path, deadline, half.abortSignal());
    try {
      return { object: await abortable(first, half.abortSignal()), attempts: 1, cached: false };
    } catch (error) {
      const late = error === half.abortSignal().reason;
      if (!late || deadline.remaining() === 0) await prepareRetry(asFailure(error, key), deadline);
      const second = this.#attempt(key, path, deadline);
      try {
        // A late first request may be on a connection that died unseen, or only be slow: whichever answers first.
        return { object: await (late ? Promise.any([first, second]) : second), attempts: 2, cached: false };
      } catch (last) {
        const failure = asFailure(last instanceof AggregateError ? last.errors[1] : last, key);
        failure.attempts = 2;
        throw failure;
      }
    }
  }

  /** @param doubt when it aborts and there is no answer yet, no further request is made on this connection. */
  async #attempt(
    key: ObjectKey,
    path: string,
    deadline: Deadline,
    doubt?: AbortSignal,
  ): Promise<ObjectMetadata | undefined> {
    // It ends a little before the deadline, because this reader can name the object that is missing.
    const remaining = deadline.remaining();
    using limit = new Deadline(remaining - Math.min(50, remaining / 2));
    const token = await this.#token(key, limit.abortSignal());
    const headers = { accept: ACCEPT, authorization: `Bearer ${token}`, 'user-agent': 'cwii' };
    const answer = await this.#connection.send({ path, headers }, limit.abortSignal(), doubt);
    if (answer.status === 401) this.#credential.rejected(token);
    try {
      return interpret(key, answer);
    } catch (error) {
      // Behind a load balancer a fresh connection can mean another, healthy API server. A 403 says nothing of the kind.
      if (error instanceof ReadFailure && error.retryable) answer.discardConnection();
      throw error;
    }
  }

  /** The API server is not to be blamed for a token that does not come. */
  async #token(key: ObjectKey, signal: AbortSignal): Promise<string> {
    try {
      return await abortable(this.#credential.token(), signal);
    } catch (error) {
      if (error !== signal.reason) throw error;
      const why = 'the function did not get its cluster token in time';
      throw new ReadFailure('credential-timeout', key, why, { retryable: true, cause: error });
    }
  }
}

/** Waits as long as the API server asks for. @throws {ReadFailure} the failure, where another try is of no use. */
async function prepareRetry(failure: ReadFailure, deadline: Deadline): Promise<void> {
  if (!failure.retryable || deadline.remaining() <= failure.retryAfterMs) {
    failure.attempts = 1;
    throw failure;
  }
  if (failure.retryAfterMs > 0) await pause(failure.retryAfterMs);
}

class ReadFailure extends ClusterReadError {
  override name = 'ReadFailure';
  readonly retryable: boolean;
  readonly retryAfterMs: number;

  constructor(
    code: string,
    key: ObjectKey,
    why: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(code, `${nameOf(key)} could not be read from the cluster: ${why}`, { cause: options.cause });
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

function pathOf(key: ObjectKey): string {
  const { kind, namespace, name } = key;
  if (!isObjectName(name) || (namespace !== undefined && !isNamespaceName(namespace))) {
    throw new ReadFailure('name-invalid', key, 'no Kubernetes object can have this name', { retryable: false });
  }
  const group =
    kind.group === ''
      ? `/api/${kind.version}`
      : `/apis/${encodeURIComponent(kind.group)}/${encodeURIComponent(kind.version)}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${within}/${encodeURIComponent(kind.resource)}/${encodeURIComponent(name)}`;
}

function interpret(key: ObjectKey, answer: Answer): ObjectMetadata | undefined {
  const { status } = answer;
  if (status === 200) return parseMetadata(key, answer.body);
  if (status === 404) {
    // A proxy's 404, or one for a kind, is no word on this object: taken for one, it would withhold an identity.
    if (isAbsenceOf(parseJson(answer.body), key)) return undefined;
    const { group, version, resource } = key.kind;
    const kind = `${resource} in ${group === '' ? version : `${group}/${version}`}`;
    throw new ReadFailure(
      'cluster-kind-unknown',
      key,
      `the answer (404) is not about it; does the API serve ${kind}?`,
      {
        retryable: false,
      },
    );
  }
  if (status === 401)
    throw new ReadFailure('cluster-unauthorized', key, "the API server does not accept the function's token (401)", {
      retryable: true,
    });
  if (status === 403) {
    throw new ReadFailure('cluster-forbidden', key, `the function's user may not get ${key.kind.resource} (403)`, {
      retryable: false,
    });
  }
  if (status >= 300 && status < 400) {
    throw new ReadFailure('cluster-redirected', key, `the answer is a redirect (${status}), and none is followed`, {
      retryable: false,
    });
  }
  const retryable = status === 429 || status >= 500;
  throw new ReadFailure('cluster-answer-unexpected', key, `the answer is HTTP ${status}`, {
    retryable,
    retryAfterMs: retryAfterMs(answer),
  });
}

function parseMetadata(key: ObjectKey, body: string): ObjectMetadata {
  const object = parseJson(body);
  if (!isMetadataOnly(object))
    throw new ReadFailure('cluster-answer-unreadable', key, 'the answer is not the metadata of an object', {
      retryable: true,
    });
  const { name, namespace, uid, annotations, ownerReferences } = object.metadata;
  // A cache or a pool of connections on the way that mixes answers up would give a pod another one's identity.
  if ((name ?? key.name) !== key.name || (namespace ?? key.namespace) !== key.namespace)
    throw new ReadFailure('cluster-answer-unreadable', key, 'the answer is the metadata of another object', {
      retryable: true,
    });
  return { uid, annotations: annotations ?? {}, ownerReferences: ownerReferences ?? [] };
}

/** What the pod's creator is told names the cause, but no address and no path of the function's. */
function asFailure(error: unknown, key: ObjectKey): ReadFailure {
  if (error instanceof ReadFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'credential-unreadable') {
    return new ReadFailure('credential-unreadable', key, 'the function has no usable cluster token', {
      retryable: false,
      cause: error,
    });
  }
  if (code === 'deadline-exceeded' || (error instanceof Error && error.name === 'AbortError')) {
    return new ReadFailure('cluster-timeout', key, 'the API server did not answer in time', {
      retryable: true,
      cause: error,
    });
  }
  if (code === 'answer-too-large') {
    return new ReadFailure('cluster-answer-unreadable', key, 'the answer is too large', {
      retryable: false,
      cause: error,
    });
  }
  return new ReadFailure('cluster-unreachable', key, `no connection to the API server (${code || 'unknown error'})`, {
    retryable: true,
    cause: error,
  });
}
