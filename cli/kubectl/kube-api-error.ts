// An error of a request to the API server, with its status and reason.

import { CwiiError } from '../../lib/common/errors.ts';
import { isObject, parseJson } from '../../lib/common/json.ts';
import type { KubeAnswer } from './kube-client.ts';

type Answered = Pick<KubeAnswer, 'status' | 'text'> & Partial<Pick<KubeAnswer, 'headers'>>;

export class KubeApiError extends CwiiError {
  override name = 'KubeApiError';
  /** The HTTP status; 0 without an answer of the API server. */
  readonly status: number;
  /** The message of the API server's Status object, or the text of the answer. */
  readonly detail: string;

  private constructor(call: string, status: number, detail: string, options?: ErrorOptions) {
    super('kubernetes-request-failed', `${call}: ${detail}`, options);
    this.status = status;
    this.detail = detail;
  }

  static answered(call: string, { status, headers, text }: Answered): KubeApiError {
    const body = parseJson(text);
    const message = isObject(body) ? body['message'] : undefined;
    const detail = typeof message === 'string' && message !== '' ? message : text;
    // `kubectl proxy` answers with 500 if it cannot reach the API server, whose own answers have an audit ID.
    const isOfProxy = status >= 500 && headers !== undefined && headers['audit-id'] === undefined;
    return new KubeApiError(call, isOfProxy ? 0 : status, detail.replaceAll(/\s+/g, ' ').trim());
  }

  static unanswered(call: string, cause: Error): KubeApiError {
    return new KubeApiError(call, 0, cause.message, { cause });
  }

  /** Whether the API server could not be reached at all. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }
}
