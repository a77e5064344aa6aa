// Tests the text report of `cwii check`.

import { describe, expect, it } from 'vitest';
import { renderCategory } from '../../../cli/check/render-text.ts';
import type { ReportLine } from '../../../cli/check/report.ts';

const failed: ReportLine = {
  code: 'cluster-reachable',
  result: 'failed',
  description: 'the API server answers',
  cause: 'GET /version: connection refused',
  remedy: 'start it',
};

const skipped = (code: string, cause: string): ReportLine => ({
  code: code as ReportLine['code'],
  result: 'skipped',
  description: `${code} is right`,
  cause,
});

const render = (...checks: ReportLine[]) => renderCategory({ name: 'Cluster', checks }, { quiet: false });

describe('renderCategory', () => {
  it('shows once that more than three checks need the same one', () => {
    const dependent = ['a', 'b', 'c', 'd'].map((code) => skipped(code, 'it needs cluster-reachable'));

    expect(render(failed, ...dependent)).toBe(
      '\nCluster\n✗ GET /version: connection refused [cluster-reachable]\n    → start it\n' +
        '? 4 checks not made: they need cluster-reachable\n',
    );
  });

  it('shows three of them, and every other reason, in lines of their own', () => {
    const dependent = ['a', 'b', 'c'].map((code) => skipped(code, 'it needs cluster-reachable'));
    const others = ['e', 'f', 'g', 'h'].map((code) => skipped(code, 'cwii.yaml was not found'));

    expect(
      render(...dependent, ...others)
        .split('\n')
        .slice(2, -1),
    ).toEqual([
      '? a is right [a]: not checked: it needs cluster-reachable',
      '? b is right [b]: not checked: it needs cluster-reachable',
      '? c is right [c]: not checked: it needs cluster-reachable',
      ...['e', 'f', 'g', 'h'].map((code) => `? ${code} is right [${code}]: not checked: cwii.yaml was not found`),
    ]);
  });
});
