// Log lines: one line of JSON for each request except health checks.
//
// A line contains only the fields that are declared here, so that no pod spec, token or path key can get into
// the log.

import { escapeControls } from './control-characters.ts';

/** The log entry of one request. */
export interface RequestLog {
  /**
   * `admitted`, `denied`, `skipped`, `advised`, `unadvised`, `failed`, or `refused` (caller, request, review
   * or pod invalid).
   */
  outcome: string;
  /** HTTP status of the answer. */
  status: number;
  /** The reason of a skip, or the stable code of an error. */
  code?: string;
  /** The credentials of an unknown caller: never a secret, only the first digits of its digest. */
  caller?: string;
  /** Replaces the level that the outcome and the status give. */
  level?: 'error';
  namespace?: string;
  /** The uid of the admission request, which the API server's audit log contains too. */
  uid?: string;
  /** The pod's name, or `<generateName>*`. */
  pod?: string;
  /** The kind and the name of any other object. */
  kind?: string;
  object?: string;
  dryRun?: boolean;
  /** The providers whose identity is on the pod. */
  providers?: readonly string[];
  /** The codes of the findings. */
  findings?: readonly string[];
  /** HTTP requests made to the cluster. */
  reads?: number;
  /** From the event to the answer. */
  milliseconds: number;
  /** The first request of this process. */
  coldStart: boolean;
  /** The chain of an error's messages, for the operator. */
  error?: string;
}

export type LogWriter = (line: string) => void;

/** Lambda collects the log from standard output. */
export const toStandardOutput: LogWriter = (line) => void process.stdout.write(line);

export function logRequest(cluster: string | undefined, entry: RequestLog, write: LogWriter = toStandardOutput): void {
  const { status, outcome } = entry;
  const level = status >= 500 ? 'error' : status >= 400 || outcome === 'denied' ? 'warn' : 'info';
  // `level` of the entry comes later and wins.
  write(logLine(level, cluster, entry));
}

/** Logs a failed background token fetch or refresh, which no request would report. */
export function logCredential(cluster: string | undefined, error: unknown, write: LogWriter = toStandardOutput): void {
  const entry = { outcome: 'credential', code: 'credential-not-renewed', error: errorChain(error) };
  write(logLine('warn', cluster, entry));
}

/**
 * One line of the log of any function. JSON does not escape the characters 7F to 9F, line separators and
 * bidirectional controls. Terminals interpret them, so they are escaped here.
 */
export function logLine(level: string, cluster: string | undefined, entry: object): string {
  const line = JSON.stringify({ time: new Date().toISOString(), level, ...(cluster && { cluster }), ...entry });
  return `${/[^\x20-\x7e]/.test(line) ? escapeControls(line) : line}\n`;
}

/** An error and its causes, on one line and without stack traces. */
export function errorChain(error: unknown): string {
  const messages: string[] = [];
  for (
    let cause: unknown = error;
    cause !== undefined && messages.length < 5;
    cause = cause instanceof Error ? cause.cause : undefined
  ) {
    messages.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
  }
  return messages.join(' <- ');
}
