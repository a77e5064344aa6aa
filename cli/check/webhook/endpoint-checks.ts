// Checks that the webhook's URL answers, with a certificate that the API server accepts.

import { type Check, failed, passed, warning } from '../check.ts';
import { fingerprintsOf, shortFingerprint } from './certificate-facts.ts';
import { endpoint } from './endpoint.ts';
import { podsWebhookOf, registeredUrl } from './registration.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const FEWEST_DAYS = 3;

export const reachable: Check = {
  code: 'webhook-reachable',
  needs: ['webhook-registered'],
  unlessFailed: ['webhook-url'],
  run: async (context) => {
    const { host } = await registeredUrl(context);
    const found = await context.fact(endpoint);
    if (found.state === 'answered') return passed(`${found.answer.receivedAt - found.answer.sentAt} ms`);
    return failed(
      `https://${host} does not answer: ${found.reason}`,
      'look at the function and its URL in AWS, or at `cwii serve`; if only this machine cannot reach it, run the check elsewhere',
    );
  },
};

export const certificate: Check = {
  code: 'webhook-certificate',
  needs: ['webhook-reachable'],
  run: async (context) => {
    const found = await context.fact(endpoint);
    const served = found.state === 'answered' ? found.answer.certificate : undefined;
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
            : `there is no caBundle, and no public CA signed the certificate that is served (${fingerprint}): ${served.problem}`,
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
    if (found.state !== 'answered') return failed(found.reason, 'look at the function');
    const { status, text } = found.answer;
    if (status === 200 && text.includes('"ok"')) return passed();
    return failed(
      `GET /healthz answers HTTP ${status} instead of 200`,
      status >= 500
        ? 'look at the log of the function: it does not start with its configuration'
        : 'compare the URL with the one of the stack: another server may answer there, or the Function URL requires IAM',
    );
  },
};
