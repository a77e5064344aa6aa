// The types of a check, which has a code and needs other checks, and of its outcomes.

import type { CheckCode } from './check-codes.ts';
import type { CheckContext } from './context.ts';

export type CheckResult = 'passed' | 'warning' | 'failed' | 'skipped';

export interface Outcome {
  readonly result: CheckResult;
  /** The object, such as `ServiceAccount shop/checkout`; absent if a check has only one outcome. */
  readonly subject?: string;
  /** A fact that the reader wants to see beside a passed check, such as a version. */
  readonly detail?: string;
  /** One line: why the check failed, or why it was skipped. Absent for `passed`. */
  readonly cause?: string;
  /** One imperative line. Absent for `passed` and `skipped`. */
  readonly remedy?: string;
}

export interface Check {
  readonly code: CheckCode;
  /**
   * Checks that stand before this one. If one of them failed or was skipped, this one is skipped, so that one
   * fault is told once.
   */
  readonly needs?: readonly CheckCode[];
  /** The same for a failure only: if one of them was skipped, nobody knows, and this one runs. */
  readonly unlessFailed?: readonly CheckCode[];
  /** Milliseconds until the check fails without a result, unless --timeout sets it. @default 5000 */
  readonly timeoutMs?: number;
  /** Several outcomes are of several objects. An empty list passes. */
  run(context: CheckContext, signal: AbortSignal): Promise<Outcome | readonly Outcome[]>;
}

/** The reason of a check that was not made because of another one: this, and the other one's code. */
export const NEEDS = 'it needs ';

/** Ends a check, which then counts as not tried. */
export class Skipped extends Error {
  override name = 'Skipped';
}

export function passed(detail?: string): Outcome {
  return { result: 'passed', ...(detail !== undefined && { detail }) };
}

export function failed(cause: string, remedy: string, subject?: string): Outcome {
  return { result: 'failed', cause, remedy, ...(subject !== undefined && { subject }) };
}

export function warning(cause: string, remedy: string, subject?: string): Outcome {
  return { result: 'warning', cause, remedy, ...(subject !== undefined && { subject }) };
}

/** @param reason why it could not be tried; it follows `not checked: `. */
export function skipped(reason: string, subject?: string): Outcome {
  return { result: 'skipped', cause: reason, ...(subject !== undefined && { subject }) };
}
