// The report of `cwii check` as JUnit XML, for the test reports of CI systems.

import type { Report, ReportLine } from './report.ts';

export function renderJunit({ categories }: Report): string {
  const suites = categories.map(({ name, checks }) => {
    const count = (result: ReportLine['result']) => checks.filter((line) => line.result === result).length;
    const attributes = `name="${escapeXml(name)}" tests="${checks.length}" failures="${count('failed')}" errors="0" skipped="${count('skipped')}"`;
    return `  <testsuite ${attributes}>\n${checks.map((line) => renderLine(name, line)).join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="cwii check">\n${suites.join('')}</testsuites>\n`;
}

function renderLine(category: string, { code, result, description, subject, cause, remedy }: ReportLine): string {
  const name = subject === undefined ? code : `${code} ${subject}`;
  const head = `    <testcase classname="${escapeXml(category)}" name="${escapeXml(name)}"`;
  const text = [description, cause, remedy].filter((part) => part !== undefined).join('\n');
  switch (result) {
    case 'passed':
      return `${head}/>\n`;
    case 'failed':
      return `${head}><failure message="${escapeXml(cause ?? description)}">${escapeXml(text)}</failure></testcase>\n`;
    case 'skipped':
      return `${head}><skipped message="${escapeXml(cause ?? '')}"/></testcase>\n`;
    case 'warning':
      // JUnit knows no warning.
      return `${head}><system-out>${escapeXml(`warning: ${text}`)}</system-out></testcase>\n`;
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 cannot have most control characters, also not as references. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
