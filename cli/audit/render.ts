// The output formats of `cwii audit`.

import { escapeControlsInLines } from '../../lib/common/control-characters.ts';
import { renderPage } from '../html/page.ts';
import { renderCsv, renderTable } from './render-table.ts';
import type { AuditReport } from './report.ts';
import { type State, states } from './states.ts';

export const auditFormats = ['table', 'json', 'csv', 'html'] as const;
export type AuditFormat = (typeof auditFormats)[number];

const usuallyHidden: readonly State[] = ['opted-out', 'not-asking'];

/** @param only the states that the table shows; the other formats have all workloads. */
export function renderAudit(report: AuditReport, format: AuditFormat, only?: readonly State[]): string {
  switch (format) {
    case 'table':
      return renderTable(report, only ?? states.filter((state) => !usuallyHidden.includes(state)));
    case 'json':
      return escapeControlsInLines(`${JSON.stringify(report, null, 2)}\n`);
    case 'html':
      return renderPage(report, 'Identities of the workloads');
    case 'csv':
      return renderCsv(report);
  }
}
