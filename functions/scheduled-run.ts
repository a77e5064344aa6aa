// Runs a scheduled function once, and writes one log line and one set of metrics for the run.

import type { ErrorCode } from '../lib/common/error-codes.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { errorChain, type LogWriter, logLine } from '../lib/common/log.ts';
import type { Measurements, RecordMetrics, ServiceName } from '../lib/common/metrics.ts';

export interface ReportPorts<Service extends ServiceName> {
  readonly clusterName: string;
  readonly writeLog: LogWriter;
  readonly recordMetrics: RecordMetrics<Service>;
}

export interface RunReport<Service extends ServiceName, Answer> {
  readonly answer: Answer;
  readonly level: 'info' | 'warn';
  /** The fields of the log line. */
  readonly log: object;
  readonly measurements: Measurements<Service>;
}

/**
 * Rethrows the error of a failed run, so that Lambda's own Errors metric counts it too.
 *
 * @param measureFailure the measurements of a failed run.
 */
export async function runAndReport<Service extends ServiceName, Answer>(
  { clusterName, writeLog, recordMetrics }: ReportPorts<Service>,
  run: () => Promise<RunReport<Service, Answer>>,
  measureFailure: (error: unknown) => Measurements<Service>,
): Promise<Answer> {
  try {
    const { answer, level, log, measurements } = await run();
    writeLog(logLine(level, clusterName, log));
    recordMetrics(measurements);
    return answer;
  } catch (error) {
    const code: ErrorCode = error instanceof CwiiError ? error.code : 'internal';
    writeLog(logLine('error', clusterName, { outcome: 'failed', code, error: errorChain(error) }));
    recordMetrics(measureFailure(error));
    throw error;
  }
}
