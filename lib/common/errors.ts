// Error classes of cwii: each error has a stable code, which logs, tests and the documentation rely on.

import type { ErrorCode } from './error-codes.ts';

/** An error with a stable `code`. The message says what is wrong, where, and how to fix it. */
export class CwiiError extends Error {
  // Set explicitly in each class, because the bundler renames the classes.
  override name = 'CwiiError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The configuration is invalid; `problems` has one sentence for each invalid setting. */
export class ConfigError extends CwiiError {
  override name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('config-invalid', `cwii cannot start with this configuration:\n  - ${problems.join('\n  - ')}`);
    this.problems = problems;
  }
}

/** The request body is not an AdmissionReview v1 as the API server sends it. */
export class ReviewError extends CwiiError {
  override name = 'ReviewError';
}

/** Failures to read that last until somebody changes permissions, tokens or settings. */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  'cluster-forbidden',
  'cluster-unauthorized',
  'cluster-kind-unknown',
  'credential-unreadable',
  'namespace-missing',
]);

/** Objects of the cluster could not be read. The message is shown to the pod's creator. */
export class ClusterReadError extends CwiiError {
  override name = 'ClusterReadError';
  /** HTTP requests made to the cluster before the read failed. */
  readonly attempts: number;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly attempts?: number; readonly cause?: unknown } = {},
  ) {
    super(code, message, { cause: options.cause });
    this.attempts = options.attempts ?? 0;
  }

  get lasting(): boolean {
    return LASTING.has(this.code);
  }

  /** The same error with another number of attempts, such as those of all reads of one admission. */
  withAttempts(attempts: number): ClusterReadError {
    return new ClusterReadError(this.code, this.message, { attempts, cause: this.cause });
  }
}

/** Two providers plan the same name in one pod: a bug in cwii or in its configuration, not in the pod. */
export class PlanCollisionError extends CwiiError {
  override name = 'PlanCollisionError';

  constructor(what: string) {
    super('plan-collision', `two providers plan ${what} differently; this is a bug in cwii, please report it`);
  }
}
