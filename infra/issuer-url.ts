// Which issuers clouds can trust. They compare `iss` letter by letter, so an issuer has one spelling here.

import { isIPv4, isIPv6 } from 'node:net';

/** The issuer of a first deployment on CloudFront's own name, which is known only after it; a path may follow. */
export const FIRST_DEPLOYMENT_HOST = 'first-deployment.cloudfront.net';

/**
 * What is wrong with an issuer URL, as the end of the sentence `issuer …`; undefined where nothing is.
 * IAM takes neither port nor query (CreateOpenIDConnectProvider), and OIDC Discovery 1.0, section 3, neither query nor fragment.
 */
export function issuerProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username || url.password)
    return `is "${text}"; write the issuer of ServiceAccount tokens as https://HOST[/PATH]`;
  // URL drops the port 443, so the text itself is looked at.
  if (/^https:\/\/[^/]*:\d+(\/|$)/i.test(text))
    return `is "${text}", which has a port; AWS trusts no issuer with a port, so serve it at port 443 and leave the port out`;
  if (/[?#]/.test(text)) return `is "${text}", which has a query or fragment; no cloud trusts such an issuer`;
  if (text.endsWith('/')) {
    const plain = text.replace(/\/+$/, '');
    return `is "${text}", which ends in a slash; write "${plain}", and the same in the API server's --service-account-issuer, because clouds compare letter by letter`;
  }
  if (text !== url.href && `${text}/` !== url.href)
    return `is "${text}"; write it as ${url.href.replace(/\/$/, '')}, in lower case and without what a browser would tidy up`;
  return undefined;
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
