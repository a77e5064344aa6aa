// Checks the mounts and verify containers of a pod with the words of the kubelet, and logs if asked for.

import type { NamespacedName } from '../../namespaced-name.ts';
import { type Check, failed, type Outcome, passed, skipped, warning } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { type ContainerStatus, endOf, isOutOfMemory, logOf, statusOf } from './container-status.ts';
import type { PodFacts } from './facts.ts';

interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
}

export function mounts({ name }: PodFacts): Check {
  return {
    code: 'pod-mounts',
    needs: ['pod-found'],
    run: async ({ kube }) => {
      const selector = encodeURIComponent(`involvedObject.kind=Pod,involvedObject.name=${name.name},type=Warning`);
      const events = await kube.list<Event>(`/api/v1/namespaces/${name.namespace}/events?fieldSelector=${selector}`);
      const ours = events.filter(({ message = '' }) => message.includes('cwii-'));
      const lines = new Map(ours.map(({ reason, message }) => [`${reason}: ${message}`, reason]));
      return [...lines].map(([text]) =>
        failed(text, `\`kubectl describe pod ${name.name} -n ${name.namespace}\` has all events`),
      );
    },
  };
}

/** The end of a name such as `cwii-aws-verify`. */
const VERIFIER = /^cwii-.+-verify$/;

export function verifiers({ pod, name }: PodFacts): Check {
  return {
    code: 'pod-verify',
    needs: ['pod-found'],
    run: async (context) => {
      const all = (statusOf(await context.fact(pod)).initContainerStatuses ?? []).filter((one) =>
        VERIFIER.test(one.name),
      );
      if (all.length === 0) return passed('none');
      const outcomes = await Promise.all(all.map((one) => judgeVerifier(context, name, one)));
      return outcomes.flat();
    },
  };
}

async function judgeVerifier(context: CheckContext, pod: NamespacedName, status: ContainerStatus): Promise<Outcome[]> {
  const ended = endOf(status);
  // Without enough memory, `pod-runs` has the cause.
  if (!ended || ended.exitCode === 0 || isOutOfMemory(ended)) return [];
  const log = await logOf(context, pod, status.name);
  const said = ended.message?.trim() || log?.trim().split('\n').at(-1);
  return [
    failed(
      `container ${status.name} ended with ${ended.exitCode}${said ? `: ${said}` : ''}`,
      `\`kubectl logs ${pod.name} -c ${status.name} -n ${pod.namespace}\`, and \`cwii check serviceaccount\` for what the cloud trusts`,
    ),
  ];
}

/** Errors of SDKs without a working identity. Only these words are shown: a log may have secrets. */
const CREDENTIAL_ERRORS = [
  /AccessDenied(?:Exception)?/,
  /InvalidIdentityToken/,
  /ExpiredToken(?:Exception)?/,
  /Unable to locate credentials/,
  /NoCredentialProviders/,
  /Could not load credentials from any providers/,
  /no EC2 IMDS role found/,
  /AADSTS\d+/,
  /DefaultAzureCredential failed/,
  /could not find default credentials/i,
  /invalid_grant|invalid_target|unauthorized_client/,
  /Permission '?[\w.]+'? denied/,
];

export function logs({ pod, name }: PodFacts): Check {
  return {
    code: 'pod-logs',
    needs: ['pod-found'],
    timeoutMs: 10_000,
    run: async (context) => {
      const { initContainerStatuses = [], containerStatuses = [] } = statusOf(await context.fact(pod));
      const statuses = [...initContainerStatuses.filter((one) => !VERIFIER.test(one.name)), ...containerStatuses];
      if (statuses.length === 0) return skipped('no container has started');
      const outcomes = await Promise.all(statuses.map((status) => judgeLog(context, name, status)));
      return outcomes.flat();
    },
  };
}

async function judgeLog(
  context: CheckContext,
  pod: NamespacedName,
  { name, restartCount = 0 }: ContainerStatus,
): Promise<Outcome[]> {
  const subject = `container ${name}`;
  const texts = [await logOf(context, pod, name), ...(restartCount > 0 ? [await logOf(context, pod, name, true)] : [])];
  if (texts.every((text) => text === undefined)) return [skipped('its log cannot be read', subject)];
  const text = texts.join('\n');
  const found = CREDENTIAL_ERRORS.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
  if (found.length === 0) return [];
  const restarts = restartCount > 0 ? `, and it was restarted ${restartCount} times` : '';
  return [
    warning(
      `its log has ${[...new Set(found)].join(', ')}${restarts}`,
      '`cwii check serviceaccount` for what the cloud trusts, then the permissions of the role',
      subject,
    ),
  ];
}
