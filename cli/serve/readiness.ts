// Whether the server is ready: it has read the cluster once, and is not shutting down.

import type { CwiiError } from '../../lib/common/errors.ts';
import { errorChain } from '../../lib/common/log.ts';
import { note, warn } from '../report.ts';
import type { Bundle } from './bundle.ts';
import type { ServerLog } from './server-log.ts';

/** The pause before the next read, if the first fails. */
const RETRY_MS = 10_000;

type Cluster = Pick<Bundle, 'checkCluster' | 'tokenEndsAt'>;

export type State = 'starting' | 'ready' | 'stopping';

export class Readiness {
  readonly #cluster: Cluster;
  readonly #log: ServerLog;
  #state: State = 'starting';
  #lastError: string | undefined;

  constructor(cluster: Cluster, log: ServerLog) {
    this.#cluster = cluster;
    this.#log = log;
  }

  get state(): State {
    return this.#state;
  }

  get tokenEndsAt(): number | undefined {
    return this.#cluster.tokenEndsAt();
  }

  stop(): void {
    this.#state = 'stopping';
  }

  /** Reads the cluster until a read succeeds, and reports the first result and each new error. */
  async start(retryMs = RETRY_MS): Promise<void> {
    const check = await this.#cluster.checkCluster();
    if (this.#state === 'stopping') return;
    if (check?.error === undefined) {
      this.#state = 'ready';
      if (check) note(`the cluster at ${check.url} can be read${this.#describeToken()}`);
      return;
    }
    this.#report(check.url, check.error as CwiiError);
    setTimeout(() => void this.start(retryMs), retryMs).unref();
  }

  #describeToken(): string {
    const end = this.tokenEndsAt;
    if (end === undefined) return '';
    return `; the token ${end < Date.now() ? 'ended' : 'ends'} at ${new Date(end).toISOString()}`;
  }

  /** The first error also goes to the person who started the server. */
  #report(url: string, error: CwiiError): void {
    const reason = errorChain(error);
    if (this.#lastError === undefined)
      warn('cluster-not-read', `the cluster at ${url} cannot be read: ${rootOf(error)}${this.#describeToken()}`);
    if (this.#lastError !== reason) this.#log.warn('cluster', 'cluster-not-read', reason, { cause: error.code });
    this.#lastError = reason;
  }
}

/** The cause that a person can correct. The log line has the whole chain. */
function rootOf({ message, cause }: Error): string {
  if (!(cause instanceof Error)) return message;
  // The bundle has its own copies of the classes, so the names distinguish errors of cwii and of Node.js.
  return cause.name === 'Error' ? `${message} (${cause.message})` : rootOf(cause);
}
