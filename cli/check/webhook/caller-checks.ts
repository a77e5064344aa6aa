// Checks that the webhook knows the API server's token, refuses other callers, and can decide on a pod.

import type { Cluster } from '../../../cluster-file/cluster-file.ts';
import { claimsOf, type TokenClaims } from '../../../lib/cluster/credentials/token-claims.ts';
import { errorCodes } from '../../../lib/common/error-codes.ts';
import { fieldOf, isObject, parseJson } from '../../../lib/common/json.ts';
import { hasPathKey } from '../../manifests/webhook-url.ts';
import { createRequest } from '../../preview/admission.ts';
import { digestOf } from '../../secret-file.ts';
import { type Check, failed, type Outcome, passed, skipped } from '../check.ts';
import { type CheckContext, requireCluster } from '../context.ts';
import type { TimeLimits } from '../time-limits.ts';
import type { WebAnswer } from '../web-client.ts';
import { registeredCa, registeredUrl } from './registration.ts';
import { sample, samplePod } from './sample-pod.ts';

/** Digits of a digest that tell two tokens apart, and are not enough to confirm a guessed one. */
const short = (digest: string) => `${digest.slice(0, 8)}…`;

export const callerToken: Check = {
  code: 'webhook-caller-token',
  run: async ({ cluster, callerToken: token }) => {
    requireCluster(cluster);
    const { tokenSha256, subjects } = cluster.callers;
    if (tokenSha256.length + subjects.length === 0) return skipped('the callers have a path key, and no token');
    if (token === undefined)
      return skipped(`caller-token-${cluster.name} was not found; name the file with --caller-token`);
    return judgeCallerToken(token, cluster.callers);
  },
};

/** Whether the callers of cwii.yaml permit a token, by its digest or its subject. */
export function judgeCallerToken(
  token: string,
  { tokenSha256, subjects }: Pick<Cluster['callers'], 'tokenSha256' | 'subjects'>,
): Outcome {
  const digest = digestOf(token);
  if (tokenSha256.includes(digest)) return passed(short(digest));
  const claims = subjects.length > 0 ? claimsOf(token) : undefined;
  if (claims) return judgeServiceAccountToken(claims, subjects);
  return failed(
    `the token in the file has the digest ${short(digest)}, but cwii.yaml has ${tokenSha256.map(short).join(' and ') || 'none'}`,
    'name the file of the present token with --caller-token, or add its digest to callers.tokenSha256 and deploy',
  );
}

/** The function verifies the rest; see `webhook-review`. */
function judgeServiceAccountToken({ sub, exp = 0 }: TokenClaims, subjects: readonly string[]): Outcome {
  if (sub === undefined || !subjects.includes(sub))
    return failed(
      `the token in the file is that of ${sub ?? 'nobody'}, but callers.subjects has ${subjects.join(' and ')}`,
      'name the file that cwii-caller-token writes with --caller-token, or correct callers.subjects and deploy',
    );
  const minutes = Math.floor((exp * 1000 - Date.now()) / 60_000);
  if (minutes < 0)
    return failed(
      `the token in the file expired ${-minutes} minutes ago`,
      'look at `systemctl status cwii-caller-token.service` on the node that the file is from',
    );
  return passed(`${sub}, ${minutes} minutes left`);
}

export const authentication: Check = {
  code: 'webhook-authentication',
  needs: ['webhook-answers'],
  run: async (context, signal) => {
    const { origin } = await registeredUrl(context);
    const { status } = await send(context, new URL('/mutate', origin), {}, signal);
    if (status === 401) return passed();
    return failed(
      `a call without a token gets HTTP ${status} instead of 401`,
      status === 200
        ? 'remove CWII_ALLOW_ANONYMOUS from the function, and deploy: everybody can call it'
        : 'look at the log of the function',
    );
  },
};

export const review: Check = {
  code: 'webhook-review',
  needs: ['webhook-answers'],
  unlessFailed: ['webhook-caller-token', 'webhook-access'],
  run: async (context, signal) => {
    const url = await registeredUrl(context);
    const { callerToken: token } = context;
    if (token === undefined && !hasPathKey(url.href))
      return skipped('it needs the token of the API server; name its file with --caller-token');
    const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    return outcomeOf(await send(context, url, headers, signal), token === undefined ? 'path key' : 'token');
  },
};

/** Sends a review as the API server does, of a pod that is not created. */
async function send(
  context: CheckContext,
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<WebAnswer> {
  const pod = samplePod(await context.fact(sample), context.cluster);
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { ...createRequest(pod, crypto.randomUUID()), dryRun: true },
  };
  const withTimeout = new URL(url);
  withTimeout.searchParams.set('timeout', `${reviewSeconds(context.limits)}s`);
  return context.web.send(withTimeout, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(review),
    ca: await registeredCa(context),
    signal,
  });
}

/** Whole seconds, as the API server sends them, of which it allows 30. */
function reviewSeconds(limits: TimeLimits): number {
  return Math.min(30, Math.max(1, Math.floor(limits.ofRequest() / 1000)));
}

function outcomeOf({ status, text, sentAt, receivedAt }: WebAnswer, secret: string): Outcome {
  const body = parseJson(text);
  if (status === 200 && isObject(fieldOf(body, 'response'))) return passed(`${receivedAt - sentAt} ms`);
  if (status === 401)
    return failed(
      `the function refuses the ${secret} (HTTP 401), although cwii.yaml permits it`,
      'deploy the stack of this cwii.yaml (`cdk diff` first): the function probably has other callers; its log has the reason',
    );
  const [message, reason] = [fieldOf(body, 'message'), fieldOf(body, 'reason')];
  const docs =
    typeof reason === 'string' ? Object.entries(errorCodes).find(([code]) => code === reason)?.[1] : undefined;
  const said = typeof message === 'string' ? `: ${message}` : '';
  return failed(
    `the function answers HTTP ${status}${said}${docs ? ` (${reason})` : ''}`,
    docs?.remedy ?? 'look at the log of the function',
  );
}
