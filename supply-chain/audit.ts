// Known vulnerabilities of what is shipped: `npm audit`, narrowed to the packages in the bundles and those
// that the published package installs. A registry without an audit endpoint causes only a warning; any
// other reason for which there is no report fails, because nobody reads the warnings of a run that passed.

import { spawnSync } from 'node:child_process';
import { ROOT, shippedPackages } from './shipped-packages.ts';

/** `npm audit --json`, as far as it is read: a report, or why there is none. */
export interface AuditReport {
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity: string; readonly range: string; readonly nodes: readonly string[] }>
  >;
  readonly message?: string;
  /** HTTP status of the registry's answer, if it was not a report. */
  readonly statusCode?: number;
  readonly error?: { readonly summary?: string };
}

export interface Judgement {
  readonly fails: boolean;
  readonly lines: readonly string[];
}

const SEVERE = ['high', 'critical'];

/** The answers of registries without an audit, such as mirrors of npm's. */
const NO_AUDIT: readonly unknown[] = [404, 405, 501];

/** @param shipped paths of packages, such as `node_modules/zod`. */
export function judge(report: AuditReport, shipped: readonly string[]): Judgement {
  const { vulnerabilities } = report;
  if (!vulnerabilities) return judgeNone(report);
  const findings = Object.entries(vulnerabilities).map(([name, { severity, range, nodes }]) => {
    const reaches = nodes.some((node) => shipped.includes(node));
    const fails = reaches && SEVERE.includes(severity);
    const where = reaches ? 'shipped' : 'only on machines that build';
    return { fails, line: `${fails ? 'error' : 'warning'}: ${name} ${range}: ${severity}, ${where}` };
  });
  const fails = findings.some((finding) => finding.fails);
  const summary = `${shipped.length} shipped packages audited: ${fails ? 'update what is named' : 'no update is necessary'}`;
  return { fails, lines: [...findings.map(({ line }) => line), summary] };
}

function judgeNone({ message, statusCode, error }: AuditReport): Judgement {
  const why = (message || error?.summary || 'no report').split('\n')[0];
  if (NO_AUDIT.includes(statusCode))
    return { fails: false, lines: [`warning: nothing was audited, because the registry gives no report (${why})`] };
  return { fails: true, lines: [`error: nothing was audited (${why}); run it again where the registry answers`] };
}

function report(): AuditReport {
  // Most packages in the bundles are development dependencies in package.json.
  const { stdout, error } = spawnSync('npm', ['audit', '--json', '--include=dev'], { cwd: ROOT, encoding: 'utf8' });
  if (error) throw error;
  try {
    return JSON.parse(stdout);
  } catch {
    return { message: 'npm audit printed no JSON' };
  }
}

if (import.meta.main) {
  const { fails, lines } = judge(report(), shippedPackages());
  console.log(lines.join('\n'));
  process.exitCode = fails ? 1 : 0;
}
