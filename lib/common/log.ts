// The form of every log line, and what the webhook writes: one line for each request but health checks, with the fields
// that are listed here, so that no pod spec, token or path key gets in.

/** What is logged of one request. */
export interface RequestLog {
  /** `admitted`, `denied`, `skipped`, `advised`, `unadvised`, `failed`, or `refused` (before the review was read). */
  outcome: string;
  /** HTTP status of the answer. */
  status: number;
  /** The reason of a skip, or the stable code of an error. */
  code?: string;
  namespace?: string;
  /** The admission request's uid, by which the API server's audit log knows it. */
  uid?: string;
  /** The pod's name, or `<generateName>*`. */
  pod?: string;
  dryRun?: boolean;
  /** Providers whose identity is on the pod. */
  providers?: readonly string[];
  /** Codes of the findings. */
  findings?: readonly string[];
  /** HTTP requests made to the cluster. */
  reads?: number;
  /** From the decoded event to the answer. */
  milliseconds: number;
  /** The first request of this process. */
  coldStart: boolean;
  /** The chain of an error's messages, for the operator. */
  error?: string;
}

export type LogWriter = (line: string) => void;

/** Where Lambda takes the log from. */
export const toStandardOutput: LogWriter = (line) => void process.stdout.write(line);

export function logRequest(cluster: string | undefined, entry: RequestLog, write: LogWriter = toStandardOutput): void {
  const level = entry.status >= 500 ? 'error' : entry.status >= 400 || entry.outcome === 'denied' ? 'warn' : 'info';
  write(logLine(level, cluster, entry));
}

/** A token that could not be got ahead, or renewed while the old one still serves: no request shows that. */
export function logCredential(cluster: string | undefined, error: unknown, write: LogWriter = toStandardOutput): void {
  const entry = { outcome: 'credential', code: 'credential-not-renewed', error: errorChain(error) };
  write(logLine('warn', cluster, entry));
}

/**
 * One line of the log, of any function. JSON leaves the characters 7F to 9F, separators of lines and turns of direction as
 * they are: terminals obey them, so they are escaped.
 */
export function logLine(level: string, cluster: string | undefined, entry: object): string {
  const line = JSON.stringify({ time: new Date().toISOString(), level, ...(cluster && { cluster }), ...entry });
  return `${/[^\x20-\x7e]/.test(line) ? line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped) : line}\n`;
}

/** As JSON writes a character in hex: one or two units. */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** An error and what caused it, on one line and without stack traces. */
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
