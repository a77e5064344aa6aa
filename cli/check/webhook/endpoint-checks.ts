// Checks that the webhook's URL answers, with a certificate that the API server accepts.

import { type Check, failed, passed, skipped, warning } from '../check.ts';
import { isRefusedByAddress, THIS_MACHINE_NOT_ALLOWED } from './allowed-callers.ts';
import { fingerprintsOf, shortFingerprint } from './certificate-facts.ts';
import { DRY_RUN_MS, dryRunOutcome } from './dry-run.ts';
import { endpoint } from './endpoint.ts';
import { podsWebhookOf, registeredUrl } from './registration.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const FEWEST_DAYS = 3;

/** If this machine gets no answer, the dry run says whether the API server does. */
const REACHABLE_MS = DRY_RUN_MS + 8000;

export const reachable: Check = {
  code: 'webhook-reachable',
  needs: ['webhook-registered'],
  unlessFailed: ['webhook-url'],
  timeoutMs: REACHABLE_MS,
  run: async (context) => {
    const end = context.limits.signalFor(REACHABLE_MS);
    const { host, hostname } = await registeredUrl(context);
    // At the same time, because both take their whole time limit if the webhook does not answer.
    const dryRunning = unlessLate(context.fact(dryRunOutcome), end);
    dryRunning.catch(() => undefined);
    const found = await context.fact(endpoint);
    if (found.state === 'answered') return passed(`${found.answer.receivedAt - found.answer.sentAt} ms`);
    const cause = `https://${host} does not answer: ${found.reason}`;
    const dryRun = await dryRunning;
    if (dryRun?.result === 'passed')
      return warning(
        `${cause}; the API server reaches it`,
        'run the check on a machine that reaches it, to check its certificate and its callers too',
      );
    const isUnreachable = /failed calling webhook|the call failed/.test(dryRun?.cause ?? '');
    const reached = isUnreachable ? '; the API server does not reach it either' : '';
    return failed(
      `${cause}${reached}`,
      isLoopback(hostname)
        ? 'start `cwii serve` on each control-plane node: the URL is an address of the node itself'
        : 'look at the function and its URL in AWS, or at `cwii serve` on its machine',
    );
  },
};

/** Undefined if it comes after the end: what is known is told without it. */
async function unlessLate<T>(result: Promise<T>, end: AbortSignal): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const resolve = () => late.resolve(undefined);
  if (end.aborted) resolve();
  end.addEventListener('abort', resolve, { once: true });
  return Promise.race([result, late.promise]);
}

/** The outcome of a check that needs an answer from this machine. */
const NOT_FROM_HERE = skipped('this machine does not reach the URL');

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]';
}

export const certificate: Check = {
  code: 'webhook-certificate',
  needs: ['webhook-reachable'],
  run: async (context) => {
    const found = await context.fact(endpoint);
    if (found.state !== 'answered') return NOT_FROM_HERE;
    const served = found.answer.certificate;
    if (!served) return failed('the connection showed no certificate', 'serve the webhook over HTTPS');
    const { hostname } = await registeredUrl(context);
    const { caBundle } = (await podsWebhookOf(context)).clientConfig;
    const fingerprint = shortFingerprint(served.fingerprint);
    const days = Math.floor((served.validTo - Date.now()) / DAY_MS);
    switch (served.problem) {
      case undefined:
        return days < FEWEST_DAYS
          ? warning(
              `the certificate expires in ${days} ${days === 1 ? 'day' : 'days'}`,
              'renew it, and find out why it was not renewed',
            )
          : passed(`${days} days left`);
      case 'CERT_HAS_EXPIRED':
        return failed(
          `the certificate ${fingerprint} expired at ${new Date(served.validTo).toISOString()}`,
          'renew the certificate of the webhook',
        );
      case 'ERR_TLS_CERT_ALTNAME_INVALID':
        return failed(
          `the certificate ${fingerprint} is for ${served.subjectAltName || 'no name'}, but the API server calls ${hostname}`,
          `serve a certificate for ${hostname}, or register the URL that the certificate names`,
        );
      default:
        return failed(
          caBundle
            ? `caBundle (${fingerprintsOf(caBundle)}) did not sign the certificate that is served (${fingerprint}): ${served.problem}`
            : `the registration has no caBundle, and no public CA signed the certificate that is served (${fingerprint}): ${served.problem}`,
          'run `cwii manifests` with --webhook-ca for the CA of the certificate, or without it for a public CA, and apply 3-webhook/',
        );
    }
  },
};

/** Another server at this address would answer something else. */
export const answers: Check = {
  code: 'webhook-answers',
  needs: ['webhook-certificate'],
  run: async (context) => {
    const found = await context.fact(endpoint);
    if (found.state !== 'answered') return NOT_FROM_HERE;
    const { status, text } = found.answer;
    if (status === 200 && text.includes('"ok"')) return passed();
    if (isRefusedByAddress(status, context.cluster)) return skipped(THIS_MACHINE_NOT_ALLOWED);
    return failed(
      `GET /healthz answers HTTP ${status} instead of 200`,
      status >= 500
        ? 'look at the log of the function: it does not start with its configuration'
        : 'compare the URL with the one of the stack: another server may answer there, or the Function URL requires IAM or lost its public permissions',
    );
  },
};
