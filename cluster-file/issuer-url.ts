// What deployment knows of an issuer beyond its URL's form: whether a cloud reaches it, whether it is only a stand-in, and
// how IAM names its certificate.

import { isIPv4, isIPv6 } from 'node:net';
import { parseIssuerUrl } from '../lib/issuer/issuer-url.ts';

/** The issuer of a first deployment on CloudFront's own name, which is known only after it; a path may follow. */
export const FIRST_DEPLOYMENT_HOST = 'first-deployment.cloudfront.net';

/** The SHA-1 fingerprint of a certificate as IAM takes it: 40 hex digits without colons. */
export const THUMBPRINT = /^[0-9a-f]{40}$/i;
/** How many IAM takes for one provider (CreateOpenIDConnectProvider). */
export const MOST_THUMBPRINTS = 5;

/** What is wrong with an issuer URL, as the end of the sentence `issuer …`; undefined where nothing is. */
export function issuerProblem(text: string): string | undefined {
  try {
    parseIssuerUrl(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether only machines in the cluster's network can fetch this issuer's documents. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIPv4(host))
    return /^(10|127|0)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(
      host,
    );
  if (isIPv6(host)) return /^(::1?$|f[cd]|fe[89ab])/i.test(host);
  return (
    !host.includes('.') ||
    /(^|\.)(localhost|local|internal|svc|lan|home\.arpa|test|invalid)$/.test(host) ||
    /^kubernetes\.default(\.|$)/.test(host)
  );
}
