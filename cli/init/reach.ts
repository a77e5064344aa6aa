// From where the API server's address can be reached: anywhere, one's own network, or only the machine that asks.

import { isIPv4 } from 'node:net';
import { isPrivateHost } from '../../cluster-file/issuer-url.ts';

export type Reach = 'public' | 'private' | 'this-machine';

export function reachOf(url: string): Reach {
  if (!URL.canParse(url)) return 'public';
  const { hostname } = new URL(url);
  if (isThisMachine(hostname)) return 'this-machine';
  return isPrivateHost(hostname) ? 'private' : 'public';
}

/** 127.0.0.0/8 (RFC 1122), ::1 (RFC 4291), names of localhost (RFC 6761), and the unspecified address, which leads there too. */
function isThisMachine(hostname: string): boolean {
  if (isIPv4(hostname)) return /^127\.|^0\.0\.0\.0$/.test(hostname);
  return /^\[::1?\]$|(^|\.)localhost$/.test(hostname);
}

/** What is to be done about an address that the function does not reach as it is; undefined where it does. */
export function remedyOf(reach: Reach, url: string): string | undefined {
  if (reach === 'this-machine')
    return `${url} is this machine itself, which the function cannot reach; write the address from outside by --api-url`;
  if (reach === 'private')
    return `${url} is a private address: fill in api.vpc in the file, from which the function reaches it`;
  return undefined;
}
