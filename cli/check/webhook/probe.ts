// A temporary registration that brings back the API server's own words about the call of the webhook.

import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { API_SERVER_NOT_ALLOWED, reportsRefusalByAddress } from './allowed-callers.ts';
import { hasIdentity } from './pod-identity.ts';
import { CONFIGURATIONS } from './registered-object.ts';
import { podsWebhookOf } from './registration.ts';
import { samplePod } from './sample-pod.ts';

/** The same name each time: a run that was killed leaves at most one, which the next one deletes. */
const NAME = 'cwii-check-probe';
const LABEL = 'cwii.dev/check';
const NAMESPACE = 'default';
/** API servers follow a new registration within a second or two. */
const [ATTEMPTS, PAUSE_MS] = [12, 300];

/**
 * Also under failurePolicy Ignore, where the API server lets pods through without a word. Only pods with the
 * label of this run are sent, and the only one is a dry run.
 */
export const probe: Check = {
  code: 'webhook-probe',
  needs: ['webhook-registered'],
  timeoutMs: 20_000,
  run: async (context, signal) => {
    const { kube } = context;
    const nonce = crypto.randomUUID();
    const { clientConfig, timeoutSeconds } = await podsWebhookOf(context);
    await remove(context);
    const webhook = {
      name: 'probe.cwii.dev',
      admissionReviewVersions: ['v1'],
      clientConfig,
      timeoutSeconds,
      failurePolicy: 'Fail',
      sideEffects: 'None',
      objectSelector: { matchLabels: { [LABEL]: nonce } },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    };
    const body = { metadata: { name: NAME }, webhooks: [webhook] };
    try {
      await kube.call(CONFIGURATIONS, { method: 'POST', body, signal });
      return await untilCalled(context, nonce, signal);
    } finally {
      await remove(context);
    }
  },
};

async function untilCalled(context: CheckContext, nonce: string, signal: AbortSignal): Promise<Outcome> {
  const sample = { namespace: NAMESPACE, serviceAccount: 'default', requests: false, sent: false };
  const { metadata, ...rest } = samplePod(sample, context.cluster);
  const pod: Manifest = { ...rest, metadata: { ...metadata, labels: { [LABEL]: nonce } } };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const path = `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`;
      if (hasIdentity(await context.kube.call<Manifest>(path, { method: 'POST', body: pod, signal })))
        return passed('the API server called it');
    } catch (error) {
      if (!(error instanceof KubeApiError) || error.isUnreachable) throw error;
      if (/denied the request: cwii/.test(error.detail)) return passed('the API server called it');
      if (!error.detail.includes('probe.cwii.dev')) return skipped(`the API server refuses the pod: ${error.detail}`);
      return failed(
        `the API server cannot call the webhook: ${error.detail}`,
        reportsRefusalByAddress(error.detail, context.cluster)
          ? API_SERVER_NOT_ALLOWED
          : 'correct what the message says on the control-plane nodes: caller token, network, or trusted CAs',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return skipped('the API server did not call the temporary registration in time');
}

async function remove({ kube }: CheckContext): Promise<void> {
  try {
    await kube.call(`${CONFIGURATIONS}/${NAME}`, { method: 'DELETE' });
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 404) throw error;
  }
}
