// An error of a request to the API server, with its status and reason.

import { CwiiError } from '../../lib/common/errors.ts';
import { isObject, parseJson } from '../../lib/common/json.ts';

export class KubeApiError extends CwiiError {
  override name = 'KubeApiError';
  /** The HTTP status; 0 without an answer, 502 if `kubectl proxy` could not reach the API server. */
  readonly status: number;
  /** The message of the API server's Status object, or the text of the answer. */
  readonly detail: string;

  private constructor(call: string, status: number, detail: string, options?: ErrorOptions) {
    super('kubernetes-request-failed', `${call}: ${detail}`, options);
    this.status = status;
    this.detail = detail;
  }

  static answered(call: string, { status, text }: { readonly status: number; readonly text: string }): KubeApiError {
    const body = parseJson(text);
    const message = isObject(body) ? body['message'] : undefined;
    const detail = typeof message === 'string' && message !== '' ? message : text;
    return new KubeApiError(call, status, detail.replaceAll(/\s+/g, ' ').trim());
  }

  static unanswered(call: string, cause: Error): KubeApiError {
    return new KubeApiError(call, 0, cause.message, { cause });
  }

  /** Whether the API server could not be reached at all. */
  get isUnreachable(): boolean {
    return this.status === 0 || this.status === 502;
  }
}
