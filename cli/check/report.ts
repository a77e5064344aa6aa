// The report of `cwii check`: its JSON form and schema, and how outcomes become one line each.

import { z } from 'zod';
import type { Outcome } from './check.ts';
import { type CategoryName, checkCategories, checkCodes } from './check-codes.ts';
import type { CheckReport } from './run-checks.ts';

const checkLine = z.strictObject({
  code: z.string().meta({ description: 'The stable code of the check; `cwii explain CODE` documents it.' }),
  result: z.enum(['passed', 'warning', 'failed', 'skipped']),
  description: z.string().meta({ description: 'What is right if the check passed.' }),
  subject: z.string().optional().meta({ description: 'The object, such as `ServiceAccount shop/checkout`.' }),
  detail: z.string().optional().meta({ description: 'A fact beside a passed check, such as a version.' }),
  cause: z.string().optional().meta({ description: 'Why the check failed, warns or was skipped.' }),
  remedy: z.string().optional().meta({ description: 'What to do, if the check failed or warns.' }),
});

/** The form of `-o json`. Fields are added, but none is removed or changes its meaning. */
export const reportSchema = z
  .strictObject({
    success: z.boolean().meta({ description: 'Whether no check failed.' }),
    cluster: z.strictObject({
      context: z.string().meta({ description: 'The context of the kubeconfig.' }),
      server: z.string().meta({ description: 'The URL of the API server.' }),
      uid: z.string().optional().meta({ description: 'The uid of the namespace kube-system, if it was read.' }),
    }),
    categories: z.array(z.strictObject({ name: z.string(), checks: z.array(checkLine) })),
  })
  .meta({ title: 'The report of cwii check' });

export type Report = z.output<typeof reportSchema>;
export type ReportLine = z.output<typeof checkLine>;
export type ReportCategory = Report['categories'][number];

export function linesOf({ code, outcomes }: CheckReport): ReportLine[] {
  const all: readonly Outcome[] = outcomes.length === 0 ? [{ result: 'passed' }] : outcomes;
  return all.map(({ result, ...texts }) => ({ code, result, description: checkCodes[code].description, ...texts }));
}

export function categoryOf(name: CategoryName, checks: readonly ReportLine[]): ReportCategory {
  return { name: checkCategories[name].title, checks: [...checks] };
}

export function isSuccess(categories: readonly ReportCategory[]): boolean {
  return categories.every(({ checks }) => checks.every(({ result }) => result !== 'failed'));
}
