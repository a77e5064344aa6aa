// The outcome of a workload in one line: what a new pod gets and from where, and what is wrong.

import { describeFinding } from '../../../lib/annotations/findings.ts';
import { isNativeAnnotation } from '../../../lib/annotations/native-keys.ts';
import type { Explicit } from '../../../lib/annotations/resolve.ts';
import type { Scope } from '../../../lib/annotations/scope.ts';
import { withCode } from '../../../lib/common/describe-error.ts';
import { restartCommand } from '../../../lib/kubernetes/owner-kinds.ts';
import type { AdmittedPod } from '../admission.ts';
import type { Workload } from './workloads.ts';

export interface Outcome {
  readonly kind: 'problem' | 'warning' | 'identity' | 'nothing';
  /** The first line, after the name of the workload. */
  readonly text: string;
  /** The codes of the findings, for the summary. */
  readonly codes: readonly string[];
  readonly problems: readonly string[];
  readonly running: Running | undefined;
}

/** The pods that run. */
export interface Running {
  readonly text: string;
  /** Some of them do not have what a new pod would get. */
  readonly isStale: boolean;
}

/** @param notSent why the API server does not send the pod to the webhook; undefined if it does. */
export function outcomeOf(workload: Workload, notSent: string | undefined): Outcome {
  const { verdict, scopes, settings } = workload.next;
  const running = describeRunning(workload);
  if (verdict.kind === 'skipped')
    return { kind: 'nothing', text: `unchanged (${verdict.reason})`, codes: [], problems: [], running: undefined };
  const asksForIdentity = verdict.injected.length > 0 || verdict.findings.length > 0;
  const off = settings.nativeAnnotations ? [] : unreadNativeKeys(scopes);
  const problems = [
    ...(notSent !== undefined && asksForIdentity ? [notSent] : []),
    ...verdict.findings.map((finding) => withCode(describeFinding(finding), finding.code)),
    ...off,
  ];
  const codes = verdict.findings.map(({ code }) => code);
  const common = { codes, problems, running };
  if (verdict.kind === 'denied') return { kind: 'problem', text: 'denied', ...common };
  if (verdict.injected.length > 0) {
    const text = verdict.injected.map((id) => identityOf(id, workload.next)).join(', ');
    if (notSent !== undefined) return { kind: 'problem', text: `no identity, although asked: ${text}`, ...common };
    return { kind: problems.length > 0 || running?.isStale ? 'warning' : 'identity', text, ...common };
  }
  if (problems.length > 0) return { kind: 'problem', text: 'no identity', ...common };
  return { kind: running?.isStale ? 'warning' : 'nothing', text: 'asks for nothing', ...common };
}

/** Such as `AWS shop-checkout ← ServiceAccount checkout`. */
function identityOf(id: string, { verdict, workload }: AdmittedPod): string {
  if (verdict.kind === 'skipped') return id;
  const provider = verdict.providers.find((candidate) => candidate.id === id);
  if (!provider) return id;
  const { cloud, trigger, injectKey } = provider;
  const explicit = verdict.resolution.find(trigger) ?? verdict.resolution.find(injectKey);
  if (!explicit) return cloud;
  return `${cloud} ${shortValue(explicit)} ← ${sourceName(explicit.source, workload !== undefined)}`;
}

/** A role without the account and the path. Without a service account GCP's identity is the pod's own. */
function shortValue({ value }: Explicit<unknown>): string {
  if (value === true) return 'itself';
  return String(value).replace(/^arn:.*\//, '');
}

/** The object without its namespace, which the line has already. */
export function sourceName({ kind, object }: Scope, isTemplate: boolean): string {
  if (kind === 'pod' && isTemplate) return 'pod template';
  const [objectKind, name = ''] = object.split(' ');
  return `${objectKind} ${name.slice(name.lastIndexOf('/') + 1)}`;
}

/** Annotations of other products that would count with another setting. */
function unreadNativeKeys(scopes: readonly Scope[]): string[] {
  return scopes.flatMap(({ object, annotations }) =>
    Object.keys(annotations)
      .filter(isNativeAnnotation)
      .map(
        (key) =>
          `${key} on ${object} is not read: CWII_NATIVE_ANNOTATIONS (settings.nativeAnnotations in cwii.yaml) is false`,
      ),
  );
}

/** How many of the running pods have what a new pod would get. */
function describeRunning({ namespace, kind, name, next, running }: Workload): Running | undefined {
  if (running.length === 0 || next.verdict.kind === 'skipped') return undefined;
  const { injected } = next.verdict;
  const isCurrent = ({ verdict }: AdmittedPod) =>
    verdict.kind === 'admitted' && !verdict.patch.some(({ path }) => path.startsWith('/spec'));
  const statusOf = ({ before }: AdmittedPod) => before.metadata.annotations?.['cwii.dev/injected'] || undefined;
  const pods = running.length === 1 ? '1 pod' : `${running.length} pods`;
  if (injected.length === 0) {
    const kept = running.filter((pod) => statusOf(pod) !== undefined).length;
    if (kept === 0) return { text: pods, isStale: false };
    return { text: `${kept} of ${pods} still has an identity that nothing requests any more`, isStale: true };
  }
  const current = running.filter(isCurrent).length;
  if (current === running.length) return { text: pods, isStale: false };
  const restart = restartCommand(kind, namespace, name) ?? 'create them again';
  return {
    text: `${current} of ${pods} has it; ${running.length - current} older → ${restart}`,
    isStale: true,
  };
}
