// Classifies the address of an API server by where it can be reached from.

import { isIPv4 } from 'node:net';
import { isPrivateHost } from './issuer-url.ts';

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
  return /^\[::1?\]$|(^|\.)localhost\.?$/.test(hostname);
}

/** Why a function in AWS cannot use this address, as the end of a sentence. */
export const LOOPBACK_PROBLEM =
  'is an address of the machine that uses it, so the function in AWS would call itself; write the address of the API server as other machines reach it, which its certificate must contain';
