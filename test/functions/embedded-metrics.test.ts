// Tests of createMetrics: one line of CloudWatch's embedded metric format for each call.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../functions/embedded-metrics.ts';
import { toStandardOutput } from '../../lib/common/log.ts';
import type { Measurements } from '../../lib/common/metrics.ts';

function linesOf(cluster: string | undefined, ...calls: Measurements<'webhook'>[]): Record<string, unknown>[] {
  const lines: string[] = [];
  const record = createMetrics('webhook', cluster, (line) => void lines.push(line));
  for (const call of calls) record(call);
  for (const line of lines) expect(line).toMatch(/^[^\n]+\n$/);
  return lines.map((line) => JSON.parse(line));
}

describe('a line of metrics', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('has the names, units and dimensions from which CloudWatch extracts metrics', () => {
    expect(linesOf('prod-eu', { Admissions: 1, Duration: 2.5 })).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'cwii',
              Dimensions: [['service', 'cluster']],
              Metrics: [
                { Name: 'Admissions', Unit: 'Count' },
                { Name: 'Duration', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
        service: 'webhook',
        cluster: 'prod-eu',
        Admissions: 1,
        Duration: 2.5,
      },
    ]);
  });

  it('has only the service as a dimension if the cluster has no name', () => {
    expect(linesOf(undefined, { Errors: 1 })).toMatchObject([
      { _aws: { CloudWatchMetrics: [{ Dimensions: [['service']] }] }, service: 'webhook' },
    ]);
  });

  it('has no values of the call before it', () => {
    const [, second] = linesOf('prod-eu', { Admissions: 1, Denials: 1 }, { Admissions: 1 });

    expect(second).not.toHaveProperty('Denials');
    expect(second).toMatchObject({ Admissions: 1 });
  });

  it('is written to standard output', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

    createMetrics('token-rotation', 'prod-eu', toStandardOutput)({ TokenAgeRatio: 0.4 });

    expect(write.mock.calls).toEqual([[expect.stringContaining('{"Name":"TokenAgeRatio","Unit":"None"}')]]);
  });
});
