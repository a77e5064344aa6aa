// The log of a function in the test's own process, looked through for secrets when the test ends.

import { onTestFinished, vi } from 'vitest';
import type { LogWriter } from '../../lib/common/log.ts';
import { assertDiscreet, type LoggingFunction } from './discreet-log.ts';

export interface WatchedLog {
  /** As they were written. */
  readonly lines: readonly string[];
  readonly write: LogWriter;
  entries(): Record<string, unknown>[];
}

/**
 * For one test, or by `beforeEach` for each.
 *
 * @param secrets asked for when the test ends.
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

/** Where the function writes itself: standard output shows nothing until mocks are restored. */
export function watchStandardOutput(by: LoggingFunction, secrets: () => Iterable<string>): WatchedLog {
  const log = watchLog(by, secrets);
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    log.write(String(line));
    return true;
  });
  return log;
}
