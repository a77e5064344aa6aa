// Node.js's own BlockList agrees with the parser of address ranges.

import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCallerCidr } from '../../cluster-file/caller-cidrs.ts';

const octets = (count: number) => fc.array(fc.nat(255), { minLength: count, maxLength: count });
const ipv4 = octets(4).map((bytes) => bytes.join('.'));
/** With and without compressed zeros, and in any case. */
const ipv6 = fc.oneof(
  fc.ipV6(),
  octets(14).map((bytes) => `2001${bytes.map((byte, i) => (i % 2 ? '' : ':') + hex(byte)).join('')}`.toUpperCase()),
);
const hex = (byte: number) => byte.toString(16).padStart(2, '0');

function outcomeOf(text: string): { range?: string; problem?: string } {
  try {
    return { range: parseCallerCidr(text) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

test('the suggested range contains the address, and is accepted as it is', () => {
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), fc.nat(128), (address, prefix) => {
      const { range, problem = '' } = outcomeOf(`${address}/${prefix}`);
      const suggested = range ?? /is inside of the range; write (\S+)$/.exec(problem)?.[1];
      if (suggested === undefined) return;
      const [network = '', length] = suggested.split('/');
      expect(outcomeOf(suggested)).toEqual({ range: suggested });
      expect(Number(length)).toBe(prefix);
      const list = new BlockList();
      list.addSubnet(network, prefix, family(network));
      expect(list.check(address, family(address))).toBe(true);
      if (range !== undefined) expect(sameAddress(network, address)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

function sameAddress(one: string, other: string): boolean {
  const list = new BlockList();
  list.addAddress(one, family(one));
  return list.check(other, family(other));
}

test('no range contains only addresses that the internet does not route', () => {
  const notRouted = new BlockList();
  for (const [network, prefix] of [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['224.0.0.0', 3],
  ] as const)
    notRouted.addSubnet(network, prefix, 'ipv4');
  const routed = new BlockList();
  routed.addSubnet('2000::', 3, 'ipv6');

  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (address) => {
      const { range, problem } = outcomeOf(`${address}/${isIPv6(address) ? 128 : 32}`);
      const isRouted = isIPv6(address) ? routed.check(address, 'ipv6') : !notRouted.check(address, 'ipv4');
      expect(range !== undefined).toBe(isRouted);
      if (!isRouted) expect(problem).toContain('Lambda sees only public addresses');
    }),
    { numRuns: 2000 },
  );
});

test('any other text is rejected with its value', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.%/]{1,30}$/)), (text) => {
      const { range, problem } = outcomeOf(text);
      if (range === undefined) expect(problem).toContain(`is "${text}"`);
      else expect(outcomeOf(range)).toEqual({ range });
    }),
    { numRuns: 2000 },
  );
});
