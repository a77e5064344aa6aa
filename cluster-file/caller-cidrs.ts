// Address ranges that may call the webhook (`function.allowedCallerCidrs`), in CIDR notation.

import { isIPv4, isIPv6 } from 'node:net';
import { isPrivateHost } from './issuer-url.ts';

/**
 * The largest ranges that registries assign to one organization. A shorter prefix is a mistake, or was meant
 * to allow everybody.
 */
const SHORTEST_PREFIX = { 4: 8, 6: 16 } as const;
/** A policy has every range twice, and Lambda's limit for a policy is 20 KB (Lambda quotas). */
export const MAX_CALLER_CIDRS = 100;

/** IPv6 addresses that the internet routes: 2000::/3 (RFC 4291). */
const GLOBAL_UNICAST = 0b001n;

/**
 * @returns the range in canonical form, for comparisons.
 * @throws {Error} whose message continues the sentence `<key> …`.
 */
export function parseCallerCidr(text: string): string {
  const [, address = '', digits] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const version = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : undefined;
  if (version === undefined) throw new Error(`is "${text}"; write a range of addresses, such as 203.0.113.0/24`);
  const bits = version === 4 ? 32 : 128;
  if (digits === undefined)
    throw new Error(`is "${text}", which has no prefix length; for one address write ${address}/${bits}`);
  const prefix = Number(digits);
  if (prefix > bits) throw new Error(`is "${text}"; the prefix length of IPv${version} is at most ${bits}`);
  if (prefix < SHORTEST_PREFIX[version])
    throw new Error(
      `is "${text}", which is more than the network of one organization; write the ranges of the API servers, or remove the key to allow every address`,
    );
  const value = version === 4 ? ipv4Value(address) : ipv6Value(address);
  const hostBits = BigInt(bits - prefix);
  const network = (value >> hostBits) << hostBits;
  const range = `${version === 4 ? ipv4Text(network) : ipv6Text(network)}/${prefix}`;
  if (!isPublic(network, version))
    throw new Error(
      `is "${text}", but Lambda sees only public addresses; write the addresses with which the API servers reach the internet, such as those of a NAT`,
    );
  if (network !== value) throw new Error(`is "${text}", whose address is inside of the range; write ${range}`);
  return range;
}

function isPublic(network: bigint, version: 4 | 6): boolean {
  if (version === 6) return network >> 125n === GLOBAL_UNICAST;
  // 224.0.0.0/3 is for multicast and future use (RFC 5771, RFC 1112).
  return network >> 29n !== 0b111n && !isPrivateHost(ipv4Text(network));
}

function ipv4Value(address: string): bigint {
  return address.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

function ipv6Value(address: string): bigint {
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const [head = '', tail] = canonicalIpv6(address).split('::');
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function ipv6Text(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(16 * (7 - index))) & 0xffffn);
  return canonicalIpv6(groups.map((group) => group.toString(16)).join(':'));
}

/** In lower case, with zeros compressed, and without an IPv4 address at the end (WHATWG URL, RFC 5952). */
function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
