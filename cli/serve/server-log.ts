// The log of the server on standard output: the function's lines, and lines of the server itself.

import { logLine } from '../../lib/common/log.ts';
import { warn } from '../report.ts';
import type { WarningCode } from '../warning-codes.ts';

/** Lines that wait for a slow reader. More would fill the memory. */
const MAX_PENDING_BYTES = 1024 * 1024;

/** The part of the server that a line is about. */
export type Subject = 'certificate' | 'cluster' | 'handshake' | 'log' | 'metrics' | 'shutdown';

/**
 * Drops lines while the reader of the log is too slow, and after it went away: neither may stop admissions.
 */
export class ServerLog {
  readonly #stream: NodeJS.WriteStream;
  readonly #cluster: string | undefined;
  #dropped = 0;
  /** Dropped since the last line about dropped lines. */
  #unreported = 0;
  #isGone = false;

  constructor(cluster: string | undefined, stream: NodeJS.WriteStream = process.stdout) {
    this.#cluster = cluster;
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#isGone) return;
      this.#isGone = error.code === 'EPIPE';
      warn('log-not-written', `standard output cannot be written (${error.code}); log lines are dropped`);
    });
    stream.on('drain', () => this.#reportDropped());
  }

  get dropped(): number {
    return this.#dropped;
  }

  readonly write = (line: string): void => {
    if (this.#isGone || this.#stream.writableLength > MAX_PENDING_BYTES) {
      this.#dropped++;
      this.#unreported++;
      return;
    }
    this.#stream.write(line);
  };

  info(subject: Subject, message: string, details: object = {}): void {
    this.write(logLine('info', this.#cluster, { outcome: subject, message, ...details }));
  }

  warn(subject: Subject, code: WarningCode, error: string, details: object = {}): void {
    this.write(logLine('warn', this.#cluster, { outcome: subject, code, error, ...details }));
  }

  /** Resolves when the reader has all lines. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#stream.write('', () => resolve()));
  }

  #reportDropped(): void {
    if (this.#unreported === 0) return;
    this.warn('log', 'log-not-written', `${this.#unreported} lines were dropped, because the reader was too slow`);
    this.#unreported = 0;
  }
}
