// The errors of cwii: each carries a stable code that tests and logs rely on, and the cause it came from.

/** An error with a stable, kebab-case `code`. The message names the thing, the place and the remedy. */
export class CwiiError extends Error {
  // Written out in each class, because the bundle's classes have other names.
  override name = 'CwiiError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The configuration cannot be used; `problems` has one sentence for each setting at fault. */
export class ConfigError extends CwiiError {
  override name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('config-invalid', `cwii cannot start with this configuration:\n  - ${problems.join('\n  - ')}`);
    this.problems = problems;
  }
}

/** The request is no AdmissionReview v1 of the form that the API server sends. */
export class ReviewError extends CwiiError {
  override name = 'ReviewError';
}

/** Objects of the cluster could not be read; the pod's creator is shown the message. */
export class ClusterReadError extends CwiiError {
  override name = 'ClusterReadError';
  /** The number of HTTP requests that were made to the cluster. */
  attempts: number;

  constructor(code: string, message: string, options: ErrorOptions & { readonly attempts?: number } = {}) {
    super(code, message, options);
    this.attempts = options.attempts ?? 0;
  }
}

/**
 * Two providers want the same name in one pod: a defect of cwii or of its configuration, never of the pod.
 */
export class PlanCollisionError extends CwiiError {
  override name = 'PlanCollisionError';

  constructor(what: string) {
    super('plan-collision', `two providers plan ${what} differently; this is a defect of cwii, please report it`);
  }
}
