// Runs checks at the same time, each after those that it needs and within its time limit.

import { CwiiError } from '../../lib/common/errors.ts';
import { KubeApiError } from '../kubectl/kube-api-error.ts';
import { type Check, failed, NEEDS, type Outcome, Skipped, skipped } from './check.ts';
import { type CheckCode, checkCodes } from './check-codes.ts';
import type { CheckContext } from './context.ts';
import { seconds } from './time-limits.ts';
import { NoAnswer } from './web-client.ts';

export interface CheckReport {
  readonly code: CheckCode;
  readonly outcomes: readonly Outcome[];
}

/**
 * Starts all checks. The promises are in the order of `checks`, and are never rejected.
 */
export function runChecks(checks: readonly Check[], context: CheckContext): readonly Promise<CheckReport>[] {
  const reports = new Map<CheckCode, Promise<CheckReport>>();
  for (const check of checks) reports.set(check.code, runAfterNeeds(check, context, reports));
  return [...reports.values()];
}

async function runAfterNeeds(
  check: Check,
  context: CheckContext,
  reports: ReadonlyMap<CheckCode, Promise<CheckReport>>,
): Promise<CheckReport> {
  const { needs = [], unlessFailed = [] } = check;
  for (const code of new Set([...unlessFailed, ...needs])) {
    // A check that was not chosen is not needed.
    const outcomes = (await reports.get(code))?.outcomes ?? [];
    const missing = outcomes.some(({ result }) => result === 'failed') || (needs.includes(code) && isSkipped(outcomes));
    if (missing) return { code: check.code, outcomes: [skipped(rootOf(code, outcomes))] };
  }
  return { code: check.code, outcomes: await runWithin(check, context) };
}

/** The check that failed first: one that was itself skipped for another one names that one. */
function rootOf(code: CheckCode, outcomes: readonly Outcome[]): string {
  const [{ cause = '' } = {}] = isSkipped(outcomes) ? outcomes : [];
  return cause.startsWith(NEEDS) ? cause : NEEDS + code;
}

function isSkipped(outcomes: readonly Outcome[]): boolean {
  return outcomes.length > 0 && outcomes.every(({ result }) => result === 'skipped');
}

async function runWithin(check: Check, context: CheckContext): Promise<readonly Outcome[]> {
  const timeoutMs = context.limits.ofCheck(check.timeoutMs);
  const controller = new AbortController();
  const timeout = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => {
    timeout.resolve(
      failed(
        `no result within ${seconds(timeoutMs)}`,
        `check the network, or allow more time with --timeout; ${checkCodes[check.code].remedy}`,
      ),
    );
    controller.abort();
  }, timeoutMs);
  try {
    const outcomes = await Promise.race([check.run(context, controller.signal), timeout.promise]);
    return Array.isArray(outcomes) ? outcomes : [outcomes as Outcome];
  } catch (error) {
    return [outcomeOf(error, check.code)];
  } finally {
    clearTimeout(timer);
  }
}

function outcomeOf(error: unknown, code: CheckCode): Outcome {
  if (error instanceof Skipped) return skipped(error.message);
  if (error instanceof KubeApiError) {
    // The user of the kubeconfig may not read something: nobody knows whether it is right.
    if (error.status === 403 || error.status === 401) return skipped(error.detail);
    if (error.isUnreachable && code !== 'cluster-reachable')
      return skipped(`the API server did not answer: ${error.detail}`);
  }
  if (error instanceof NoAnswer)
    return failed(
      `${error.host}: ${error.message}`,
      `check the network to ${error.host}, or allow more time with --timeout`,
    );
  if (error instanceof CwiiError) return failed(error.message, checkCodes[code].remedy);
  const { message } = error as Error;
  return failed(`the check itself ended with an error: ${message}`, 'report this as a bug, with this output');
}
