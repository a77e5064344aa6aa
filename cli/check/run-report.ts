// Runs the chosen checks, and prints their report in the chosen form.

import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from './check.ts';
import { type CategoryName, categoryNames } from './check-codes.ts';
import type { CheckContext } from './context.ts';
import { type CheckOptions, openContext } from './options.ts';
import { renderJunit } from './render-junit.ts';
import { renderCategory, renderHeading, renderSummary } from './render-text.ts';
import { categoryOf, isSuccess, linesOf, type Report, type ReportCategory } from './report.ts';
import { runChecks } from './run-checks.ts';

export type ChecksByCategory = { readonly [C in CategoryName]?: readonly Check[] };

const WAIT_BETWEEN_MS = 2000;

/** @returns whether no check failed. */
export async function runReport(checks: ChecksByCategory, options: CheckOptions): Promise<boolean> {
  const chosen = choose(checks, options);
  const until = Date.now() + (options.wait ?? 0);
  for (;;) {
    const isLast = Date.now() + WAIT_BETWEEN_MS > until;
    // New connections and facts each time: what was read before may have been corrected.
    await using opened = await openContext(options);
    const streams = isLast && options.output === 'text';
    const report = await reportOf(chosen, opened.context, streams ? printer(options) : undefined);
    if (report.success || isLast) {
      if (!streams) process.stdout.write(render(report, options));
      else process.stdout.write(renderSummary(report.categories));
      return report.success;
    }
    if (process.stderr.isTTY)
      process.stderr.write(`cwii: ${renderSummary(report.categories).trim()}; checking again\n`);
    await pause(WAIT_BETWEEN_MS);
  }
}

interface Printer {
  heading(cluster: Report['cluster']): void;
  category(category: ReportCategory): void;
}

/** Prints each category as soon as it is complete, so that a person sees progress. */
function printer({ quiet = false }: CheckOptions): Printer {
  return {
    heading: (cluster) => process.stdout.write(renderHeading(cluster)),
    category: (category) => process.stdout.write(renderCategory(category, { quiet })),
  };
}

function render(report: Report, { output, quiet = false }: CheckOptions): string {
  switch (output) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'junit':
      return renderJunit(report);
    case 'text':
      return [
        renderHeading(report.cluster),
        ...report.categories.map((category) => renderCategory(category, { quiet })),
        renderSummary(report.categories),
      ].join('');
  }
}

/** The checks of `--only` without those of `--skip`. A check that another one needs is not added. */
function choose(checks: ChecksByCategory, { only, skip = [] }: CheckOptions): ChecksByCategory {
  const isChosen = (category: CategoryName, { code }: Check) =>
    (only === undefined || only.includes(category) || only.includes(code)) &&
    !skip.includes(category) &&
    !skip.includes(code);
  return Object.fromEntries(
    categoryNames.map((category) => [category, (checks[category] ?? []).filter((check) => isChosen(category, check))]),
  );
}

async function reportOf(checks: ChecksByCategory, context: CheckContext, printer?: Printer): Promise<Report> {
  const names = categoryNames.filter((name) => (checks[name] ?? []).length > 0);
  const running = runChecks(
    names.flatMap((name) => checks[name] ?? []),
    context,
  );
  const cluster = await clusterOf(context);
  printer?.heading(cluster);
  const categories: ReportCategory[] = [];
  let from = 0;
  for (const name of names) {
    const to = from + (checks[name] ?? []).length;
    const category = categoryOf(name, (await Promise.all(running.slice(from, to))).flatMap(linesOf));
    printer?.category(category);
    categories.push(category);
    from = to;
  }
  return { success: isSuccess(categories), cluster, categories };
}

/** Which cluster was checked. The uid of kube-system tells two clusters with one name apart. */
async function clusterOf({ kube, kubeconfig: { context, server }, limits }: CheckContext): Promise<Report['cluster']> {
  const signal = limits.signalFor();
  try {
    const { metadata } = await kube.call<{ metadata: { uid: string } }>('/api/v1/namespaces/kube-system', { signal });
    return { context, server, uid: metadata.uid };
  } catch {
    // The checks tell why the cluster or the namespace cannot be read.
    return { context, server };
  }
}
