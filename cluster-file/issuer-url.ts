// Rules for issuer URLs: hosts that clouds can reach or CloudFront can serve, and IAM's names for an issuer.

import { isIPv4, isIPv6 } from 'node:net';
import { parseIssuerUrl } from '../lib/issuer/issuer-url.ts';

/**
 * The issuer's host in a first deployment. CloudFront assigns the distribution's own name only during that
 * deployment, so this placeholder stands in its place until then. A path may follow.
 */
export const FIRST_DEPLOYMENT_HOST = 'first-deployment.cloudfront.net';

/** The SHA-1 fingerprint of a certificate in the form that IAM accepts: 40 hex digits without colons. */
export const THUMBPRINT = /^[0-9a-f]{40}$/i;
/** The limit of one identity provider in IAM (CreateOpenIDConnectProvider). */
export const MAX_THUMBPRINTS = 5;

/** The issuer of ServiceAccount tokens, and its names in AWS. */
export interface Issuer {
  /** As in the tokens' `iss`. */
  readonly url: string;
  /** Without port and path. */
  readonly host: string;
  /** Without `https://`: the prefix of IAM's condition keys, and the end of the identity provider's ARN. */
  readonly hostAndPath: string;
}

/** @throws {Error} whose message continues the sentence `issuer …`. */
export function parseIssuer(text: string): Issuer {
  const url = parseIssuerUrl(text);
  return { url, host: new URL(url).hostname, hostAndPath: url.slice('https://'.length) };
}

/** The problem of an issuer URL, as the end of the sentence `issuer …`; undefined if it is valid. */
export function issuerProblem(text: string): string | undefined {
  try {
    parseIssuer(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export function isFirstDeployment(issuerUrl: string): boolean {
  return new URL(issuerUrl).hostname === FIRST_DEPLOYMENT_HOST;
}

/** Whether only machines in the cluster's network can fetch documents from this host. */
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

/** The properties with which a CloudFront distribution serves an issuer's host. */
export interface HostSetup {
  readonly hasCertificate: boolean;
  /** The name of the zone for the host's alias records. */
  readonly zone?: string | undefined;
}

export type HostProblem = 'certificate-missing' | 'certificate-unused' | 'zone-mismatch';

/**
 * Why a distribution with this setup cannot serve the host. CloudFront has a certificate only for its own
 * names.
 */
export function hostProblems(host: string, { hasCertificate, zone }: HostSetup): HostProblem[] {
  const isCloudFrontName = host.endsWith('.cloudfront.net');
  return [
    ...(!hasCertificate && !isCloudFrontName ? (['certificate-missing'] as const) : []),
    ...(hasCertificate && isCloudFrontName ? (['certificate-unused'] as const) : []),
    ...(zone !== undefined && host !== zone && !host.endsWith(`.${zone}`) ? (['zone-mismatch'] as const) : []),
  ];
}

/**
 * The two ways to serve an issuer, as a remedy; `certificate` names the option that takes the certificate.
 */
export function servingRemedy(certificate: string): string {
  return `either set ${certificate} to a certificate for your domain, or deploy twice: first with the issuer https://${FIRST_DEPLOYMENT_HOST}/NAME, then with the value of the stack output IssuerDistributionDomain as its host`;
}
