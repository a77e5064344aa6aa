// The log of a function in the test's process, which is checked for secrets when the test ends.

import { onTestFinished, vi } from 'vitest';
import type { LogWriter } from '../../lib/common/log.ts';
import { assertDiscreet, type LoggingFunction } from './discreet-log.ts';

export interface WatchedLog {
  /** The lines as they were written. */
  readonly lines: readonly string[];
  readonly write: LogWriter;
  entries(): Record<string, unknown>[];
}

/**
 * Call it in a test or in `beforeEach`.
 *
 * @param secrets called when the test ends.
 */
export function watchLog(by: LoggingFunction, secrets: () => Iterable<string> = () => []): WatchedLog {
  const lines: string[] = [];
  onTestFinished(() => assertDiscreet(lines, secrets(), by));
  return {
    lines,
    write: (line) => void lines.push(line),
    entries: () => lines.map((line) => JSON.parse(line)),
  };
}

/** For a function that writes to standard output itself, which is mocked until mocks are restored. */
export function watchStandardOutput(by: LoggingFunction, secrets: () => Iterable<string>): WatchedLog {
  const log = watchLog(by, secrets);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    log.write(String(line));
    return true;
  });
  return log;
}
