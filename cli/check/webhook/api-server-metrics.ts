// Reads what the API server counts about calls of the webhook, from its /metrics.

import { type Check, passed, warning } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { PODS_WEBHOOK } from './registered-object.ts';
import { podsWebhookOf } from './registration.ts';

/** Counters since the API server's start, for the webhook of pods. */
export interface WebhookCounters {
  /** Pods that were let through under failurePolicy Ignore, because the call failed. */
  readonly failedOpen: number;
  /** Pods that were not created, because the call failed or because cwii denied them. */
  readonly rejected: { readonly failed: number; readonly denied: number };
  /** Calls by HTTP status; 0 or 600 without an answer. */
  readonly byStatus: ReadonlyMap<string, number>;
  readonly calls: number;
  /** The number of calls that took at most so many seconds, in ascending order. */
  readonly withinSeconds: readonly (readonly [number, number])[];
}

/** One API server answers; the others of the control plane have counters of their own. */
export async function readCounters({ kube }: CheckContext, signal?: AbortSignal): Promise<WebhookCounters> {
  const { text, status } = await kube.send('/metrics', { accept: 'text/plain', signal });
  if (status >= 400) await kube.call('/metrics', { signal });
  return parseCounters(text);
}

export function parseCounters(text: string): WebhookCounters {
  const samples = text
    .split('\n')
    .filter((line) => line.startsWith('apiserver_admission_webhook_') && line.includes(`name="${PODS_WEBHOOK}"`))
    .map(parseSample);
  const named = (name: string) => samples.filter((one) => one.name === `apiserver_admission_webhook_${name}`);
  const sum = (name: string) => named(name).reduce((total, { value }) => total + value, 0);
  const byStatus = new Map<string, number>();
  for (const { labels, value } of named('request_total')) {
    const code = labels.get('code') ?? '';
    byStatus.set(code, (byStatus.get(code) ?? 0) + value);
  }
  const rejectedFor = (isDenied: boolean) =>
    named('rejection_count')
      .filter(({ labels }) => (labels.get('error_type') === NO_ERROR) === isDenied)
      .reduce((total, { value }) => total + value, 0);
  const buckets = new Map<number, number>();
  for (const { labels, value } of named('admission_duration_seconds_bucket')) {
    const limit = Number((labels.get('le') ?? '').replace('+Inf', 'Infinity'));
    buckets.set(limit, (buckets.get(limit) ?? 0) + value);
  }
  return {
    failedOpen: sum('fail_open_count'),
    rejected: { failed: rejectedFor(false), denied: rejectedFor(true) },
    byStatus,
    calls: sum('admission_duration_seconds_count'),
    withinSeconds: [...buckets].sort(([a], [b]) => a - b),
  };
}

/** The type of a rejection that is a decision of the webhook. */
const NO_ERROR = 'no_error';

function parseSample(line: string) {
  const [, name = '', labelText = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
  const labels = new Map(
    [...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text] as const),
  );
  return { name, labels, value: Number(value) };
}

export const failingOpen: Check = {
  code: 'webhook-failing-open',
  needs: ['webhook-registered'],
  unlessFailed: ['webhook-dry-run'],
  run: async (context, signal) => {
    const counters = await readCounters(context, signal);
    const { failedOpen, byStatus } = counters;
    if (failedOpen === 0) return passed(describeRejections(counters));
    return warning(
      `since the API server's start ${failedOpen} pods were let through without cwii, because the call failed; answers: ${describeStatus(byStatus)}`,
      'find the pods without identity with `cwii audit`, and restart their workloads',
    );
  },
};

/** A cluster that was repaired has them too, so they are facts and not a warning. */
export function describeRejections({ byStatus, rejected: { failed, denied } }: WebhookCounters): string | undefined {
  const refused = byStatus.get('401') ?? 0;
  const parts = [
    [refused, 'calls were refused with HTTP 401'],
    [failed, 'pods were rejected because the call failed'],
    [denied, 'pods were denied by cwii'],
  ] as const;
  const present = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return present.length > 0 ? `since the API server's start: ${present.join(', ')}` : undefined;
}

function describeStatus(byStatus: ReadonlyMap<string, number>): string {
  return [...byStatus].map(([status, count]) => `${count} × HTTP ${status}`).join(', ') || 'none';
}

/** Fewer calls say little. */
const FEWEST_CALLS = 20;
const SLOW_SHARE = 0.05;

export const latency: Check = {
  code: 'webhook-latency',
  needs: ['webhook-registered'],
  unlessFailed: ['webhook-dry-run'],
  run: async (context, signal) => {
    const { timeoutSeconds } = await podsWebhookOf(context);
    return judgeLatency(await readCounters(context, signal), timeoutSeconds);
  },
};

export function judgeLatency({ calls, withinSeconds }: WebhookCounters, timeoutSeconds: number) {
  // The limits of the buckets are fixed: 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25.
  const [limit, within] = withinSeconds.findLast(([seconds]) => seconds <= timeoutSeconds * 0.8) ?? [0, calls];
  const slow = calls - within;
  const what = `${slow} of ${calls} calls took longer than ${limit} s; the timeout is ${timeoutSeconds} s`;
  if (calls < FEWEST_CALLS || slow / calls <= SLOW_SHARE) return passed(`${calls} calls`);
  return warning(
    what,
    "look at the function's duration, cold starts and concurrency, and at the API server's answer times",
  );
}
