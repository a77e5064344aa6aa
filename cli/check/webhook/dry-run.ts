// The proof: the API server itself admits a pod that requests an identity, as a dry run.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { describeFinding } from '../../../lib/annotations/findings.ts';
import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import type { AdmittedPod } from '../../preview/admission.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import { type Check, failed, type Outcome, passed, skipped, warning } from '../check.ts';
import type { CheckContext, Fact } from '../context.ts';
import { examine } from '../pod/facts.ts';
import { API_SERVER_NOT_ALLOWED, isRefusedByAddress, reportsRefusalByAddress } from './allowed-callers.ts';
import { readCounters, type WebhookCounters } from './api-server-metrics.ts';
import { describe, differencesOf } from './compare-objects.ts';
import { KubeScopeReader } from './kube-scope-reader.ts';
import { isSystem, namespaceObjects, selection } from './namespaces.ts';
import { hasIdentity, identityIn } from './pod-identity.ts';
import { PODS_WEBHOOK } from './registered-object.ts';
import { createDryRun, sample, samplePod } from './sample-pod.ts';

/** Longer than the default timeout of the webhook, which is 10 s. */
export const DRY_RUN_MS = 12_000;

export const dryRun: Check = {
  code: 'webhook-dry-run',
  needs: ['webhook-registered'],
  // One fault is told once: each of these would make the dry run fail too.
  unlessFailed: [
    'webhook-url',
    'webhook-selectors',
    'webhook-access',
    'webhook-reachable',
    'webhook-certificate',
    'webhook-answers',
    'webhook-review',
  ],
  timeoutMs: DRY_RUN_MS,
  run: (context) => context.fact(dryRunOutcome),
};

/** The outcome, which the check of the URL uses too. */
export const dryRunOutcome: Fact<Outcome> = async (context) => {
  const signal = AbortSignal.timeout(context.limits.ofCheck(DRY_RUN_MS));
  const chosen = await context.fact(sample);
  if (!chosen.sent) return skipped('no namespace is sent to cwii: none has the label cwii.dev/inject=enabled');
  const pod = samplePod(chosen, context.cluster);
  const expected = await examine(context, pod, new KubeScopeReader(context.kube));
  const where = `ServiceAccount ${chosen.namespace}/${chosen.serviceAccount}`;
  const before = await countersIfAllowed(context, signal);
  try {
    const stored = await createDryRun(context, pod, signal);
    if (isExpected(stored, expected)) return passed(`${where}: ${outcomeName(expected)}`);
    return await explainDifference(context, { stored, expected, where, before }, signal);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.isUnreachable) throw error;
    return explainRefusal(error.detail, expected, where, context.cluster);
  }
};

/** A pod of a namespace without the label stays as it is. */
export const withoutLabel: Check = {
  code: 'webhook-dry-run-unlabelled',
  needs: ['webhook-registered'],
  unlessFailed: ['webhook-selectors'],
  run: async (context, signal) => {
    const [namespaces, { isByLabel, isSent }] = await Promise.all([
      context.fact(namespaceObjects),
      context.fact(selection),
    ]);
    if (!isByLabel) return skipped('all namespaces are sent');
    const other = namespaces.find((one) => !isSent(one) && !isSystem(one.name));
    if (!other) return skipped('every namespace has the label');
    const chosen = { namespace: other.name, serviceAccount: 'default', requests: false, sent: false };
    try {
      const stored = await createDryRun(context, samplePod(chosen, context.cluster), signal);
      if (!hasIdentity(stored)) return passed(`Namespace ${other.name}`);
      return failed(
        `a pod of Namespace ${other.name} gets an identity, although the namespace does not have the label`,
        'look for another webhook of cwii: `kubectl get mutatingwebhookconfigurations`',
      );
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.isUnreachable) throw error;
      return skipped(`the API server refuses the pod for another reason: ${error.detail}`);
    }
  },
};

function isExpected(stored: Manifest, expected: AdmittedPod): boolean {
  const { verdict, after } = expected;
  return (
    verdict.kind !== 'denied' && differencesOf(identityIn(stored, expected), identityIn(after, expected)).length === 0
  );
}

function outcomeName({ verdict }: AdmittedPod): string {
  if (verdict.kind !== 'admitted') return verdict.kind;
  return verdict.injected.length > 0 ? verdict.injected.join(', ') : 'no identity, as preview says';
}

async function countersIfAllowed(context: CheckContext, signal: AbortSignal): Promise<WebhookCounters | undefined> {
  try {
    return await readCounters(context, signal);
  } catch (error) {
    // They only make the message better.
    if (error instanceof KubeApiError) return undefined;
    throw error;
  }
}

const UNKNOWN_SETTINGS = 'the settings of the webhook are not known without cwii.yaml';

interface Difference {
  readonly stored: Manifest;
  readonly expected: AdmittedPod;
  readonly where: string;
  readonly before: WebhookCounters | undefined;
}

async function explainDifference(
  context: CheckContext,
  { stored, expected, where, before }: Difference,
  signal: AbortSignal,
): Promise<Outcome> {
  const wanted = identityIn(expected.after, expected);
  if (hasIdentity(stored) && !context.cluster) return passed(`${where}: an identity; ${UNKNOWN_SETTINGS}`);
  if (hasIdentity(stored) || expected.verdict.kind === 'denied')
    return failed(
      expected.verdict.kind === 'denied'
        ? `a pod of ${where} is admitted, but the settings of cwii.yaml deny it`
        : `a pod of ${where} gets something else than cwii.yaml says: ${describe(differencesOf(identityIn(stored, expected), wanted))}`,
      'deploy the stack of this cwii.yaml: the function has other settings or another version',
    );
  const after = before && (await countersIfAllowed(context, signal));
  const status = after && newStatus(before, after);
  if (!status && !context.cluster)
    return warning(
      `a pod of ${where} is admitted without an identity; ${UNKNOWN_SETTINGS}`,
      'see whether the settings of `cwii serve` disable what it requests, and look in the log of the API server for pods.cwii.dev',
    );
  if (!status)
    return failed(
      `a pod of ${where} is admitted without its identity, and the API server did not say why`,
      "look in the API server's log for pods.cwii.dev",
    );
  return failed(
    `a pod of ${where} is admitted without its identity: the call failed (${/^4/.test(status) ? `HTTP ${status}` : `status ${status}`}), and failurePolicy Ignore let the pod through`,
    status === '401'
      ? WRONG_TOKEN
      : isRefusedByAddress(Number(status), context.cluster)
        ? API_SERVER_NOT_ALLOWED
        : NOT_REACHED,
  );
}

/** The status of the failed call, if it was counted between the two reads. */
function newStatus(before: WebhookCounters, after: WebhookCounters): string | undefined {
  const grown = [...after.byStatus].find(
    ([status, count]) => count > (before.byStatus.get(status) ?? 0) && status !== '200',
  );
  return grown?.[0] ?? (after.failedOpen > before.failedOpen ? '0' : undefined);
}

const WRONG_TOKEN =
  "write the token whose digest is in cwii.yaml to /etc/kubernetes/cwii/caller-token on each control-plane node; the user in webhook-kubeconfig.yaml must be exactly HOST:PORT of the webhook's URL";
const NOT_REACHED =
  'the webhook answers here, so allow the control-plane nodes to connect to it: DNS, egress on its port, and their trusted CAs';

function explainRefusal(
  message: string,
  { verdict }: AdmittedPod,
  where: string,
  cluster: Cluster | undefined,
): Outcome {
  if (verdict.kind === 'denied' && message.includes(PODS_WEBHOOK)) {
    const [first] = verdict.findings.filter(({ severity }) => severity === 'deny');
    return passed(`denied, as preview says: ${first ? describeFinding(first) : ''}`);
  }
  const cause = `the API server does not admit a pod of ${where}: ${message}`;
  if (message.includes('failed calling webhook') && message.includes(PODS_WEBHOOK))
    return failed(
      cause,
      /unauthorized/i.test(message)
        ? WRONG_TOKEN
        : reportsRefusalByAddress(message, cluster)
          ? API_SERVER_NOT_ALLOWED
          : NOT_REACHED,
    );
  if (message.includes(PODS_WEBHOOK) && !cluster) return passed(`denied; ${UNKNOWN_SETTINGS}: ${message}`);
  if (message.includes(PODS_WEBHOOK))
    return failed(cause, 'deploy the stack of this cwii.yaml: the settings of the function deny what it allows');
  if (message.includes('cwii-require'))
    return failed(
      `${cause}; the webhook was not called, or did not mark the pod`,
      'set settings.markPods to true and deploy, and look at failing calls in the log of the API server',
    );
  return skipped(`the API server refuses the pod for another reason: ${message}`);
}
