// What the metrics count of one request.

import type { RequestLog } from '../../lib/common/log.ts';
import type { Measurements } from '../../lib/common/metrics.ts';

/** @param readFailed whether objects of the cluster could not be read. */
export function measure(entry: RequestLog, readFailed: boolean): Measurements<'webhook'> {
  const { outcome, status, providers, reads, milliseconds, coldStart } = entry;
  return {
    Duration: milliseconds,
    ...(status === 200 && { Admissions: 1 }),
    ...(status >= 500 && { Errors: 1 }),
    ...(outcome === 'refused' && { Refused: 1 }),
    ...(outcome === 'denied' && { Denials: 1 }),
    ...(providers !== undefined && { Injections: 1 }),
    ...(readFailed && { ReadFailures: 1 }),
    ...(reads !== undefined && { ClusterReads: reads }),
    ...(coldStart && { ColdStarts: 1 }),
  };
}
