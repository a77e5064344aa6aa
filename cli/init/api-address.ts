// Classifies the address of an API server by where it can be reached from.

import { isIPv4 } from 'node:net';
import { isPrivateHost } from '../../cluster-file/issuer-url.ts';
import { warn } from '../report.ts';

export type AddressScope = 'public' | 'private' | 'loopback';

export function addressScope(url: string): AddressScope {
  if (!URL.canParse(url)) return 'public';
  const { hostname } = new URL(url);
  if (isLoopback(hostname)) return 'loopback';
  return isPrivateHost(hostname) ? 'private' : 'public';
}

/**
 * 127.0.0.0/8 (RFC 1122), ::1 (RFC 4291), names of localhost (RFC 6761), and the unspecified address, which
 * also connects to this machine.
 */
function isLoopback(hostname: string): boolean {
  if (isIPv4(hostname)) return /^127\.|^0\.0\.0\.0$/.test(hostname);
  return /^\[::1?\]$|(^|\.)localhost$/.test(hostname);
}

export function warnAboutAddress(scope: AddressScope, url: string): void {
  if (scope === 'loopback')
    warn(
      'api-url-loopback',
      `${url} is an address of this machine, which the function cannot reach; pass the external address with --api-url`,
    );
  if (scope === 'private')
    warn(
      'api-url-private',
      `${url} is a private address; fill in api.vpc in the file, so that the function reaches it`,
    );
}
