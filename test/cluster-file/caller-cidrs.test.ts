// Tests that cwii.yaml rejects wrong ranges of callers' addresses, each with its position and remedy.

import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { minimal, problemsInText, problemsOf } from './entries.ts';

const withCidrs = (allowedCallerCidrs: unknown) => minimal({ function: { allowedCallerCidrs } });

describe('ranges of caller addresses', () => {
  test.for(['203.0.113.0/24', '203.0.113.7/32', '9.0.0.0/8', '2001:db8:1::/48', '2600:1f00::/24', '2001:DB8::1/128'])(
    'can be %s',
    (cidr) => {
      expect(problemsOf(withCidrs([cidr]))).toEqual([]);
    },
  );

  test.for<[string, string]>([
    ['203.0.113.7', 'is "203.0.113.7", which has no prefix length; for one address write 203.0.113.7/32'],
    ['2001:db8::1', 'is "2001:db8::1", which has no prefix length; for one address write 2001:db8::1/128'],
    ['203.0.113.7/24', 'is "203.0.113.7/24", whose address is inside of the range; write 203.0.113.0/24'],
    ['2001:db8::1/32', 'is "2001:db8::1/32", whose address is inside of the range; write 2001:db8::/32'],
    ['203.0.113.0/33', 'is "203.0.113.0/33"; the prefix length of IPv4 is at most 32'],
    ['2001:db8::/129', 'is "2001:db8::/129"; the prefix length of IPv6 is at most 128'],
    ['0.0.0.0/0', 'is "0.0.0.0/0", which is more than the network of one organization'],
    ['::/0', 'is "::/0", which is more than the network of one organization'],
    ['128.0.0.0/1', 'is "128.0.0.0/1", which is more than the network of one organization'],
    ['10.0.0.0/8', 'is "10.0.0.0/8", but Lambda sees only public addresses'],
    ['192.168.1.0/24', 'is "192.168.1.0/24", but Lambda sees only public addresses'],
    ['100.64.0.0/10', 'is "100.64.0.0/10", but Lambda sees only public addresses'],
    ['fd00:1::/32', 'is "fd00:1::/32", but Lambda sees only public addresses'],
    ['::ffff:203.0.113.0/120', 'is "::ffff:203.0.113.0/120", but Lambda sees only public addresses'],
    ['203.0.113.0/024', 'is "203.0.113.0/024"; write a range of addresses, such as 203.0.113.0/24'],
    ['203.0.113.0/24, 198.51.100.0/24', 'write a range of addresses, such as 203.0.113.0/24'],
    ['2001:db8::1%eth0/128', 'write a range of addresses, such as 203.0.113.0/24'],
    ['api.example.com', 'is "api.example.com"; write a range of addresses, such as 203.0.113.0/24'],
  ])('cannot be %s', ([cidr, problem]) => {
    const [found, ...others] = problemsOf(withCidrs(['198.51.100.0/24', cidr]));

    expect(others).toEqual([]);
    expect(found).toMatch(/^clusters\[0\]\.function\.allowedCallerCidrs\[1\] is "/);
    expect(found).toContain(problem);
  });

  test('are listed once, also if they are written in two ways', () => {
    expect(problemsOf(withCidrs(['2001:db8::/32', '2001:DB8:0::/32']))).toEqual([
      expect.stringContaining('allowedCallerCidrs[1] is 2001:db8::/32, which is listed twice; remove it'),
    ]);
  });

  test('cannot be an empty list, with which nobody could call', () => {
    expect(problemsOf(withCidrs([]))).toHaveLength(1);
  });

  test('are rejected at their line and column', () => {
    const lines = stringify({ clusters: [withCidrs(['10.0.0.0/8'])] }).split('\n');
    const line = lines.findIndex((text) => text.includes('10.0.0.0/8'));
    const column = lines[line]?.indexOf('10.0.0.0/8') ?? -1;

    expect(problemsInText(lines.join('\n'))).toEqual([
      expect.stringContaining(
        `cwii.yaml:${line + 1}:${column + 1}: clusters[0].function.allowedCallerCidrs[0] is "10.`,
      ),
    ]);
  });
});
