// The port between the webhook function and a server that runs it in place of Lambda (`cwii serve`).

import type { LogWriter, RequestLog } from './log.ts';

/** The text of a body, or the reason why the server did not receive it. */
export type ReceivedBody = string | { readonly refused: 'body-too-large' | 'body-incomplete' };

/** A server passes this in place of Lambda's context. Its events have no body. */
export interface ServerRequest {
  /** Called at most once, and only after the caller is authenticated. */
  readonly readBody: () => Promise<ReceivedBody>;
  readonly writeLog: LogWriter;
  /**
   * Called with each entry of the log.
   *
   * @param readFailed whether objects of the cluster could not be read.
   */
  readonly observe?: (entry: RequestLog, readFailed: boolean) => void;
}

/** The result of a read of the cluster at the start. */
export interface ClusterCheck {
  readonly url: string;
  /** The error of the read, which has a code; undefined if the read succeeded. */
  readonly error: unknown;
}
