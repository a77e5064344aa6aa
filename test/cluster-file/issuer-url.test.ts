// Whether clouds reach a host, as far as its name tells.

import { describe, expect, test } from 'vitest';
import { isPrivateHost } from '../../cluster-file/issuer-url.ts';

/** As a URL gives it. */
const hostOf = (host: string) => new URL(`https://${host}`).hostname;

describe('a host that no cloud reaches', () => {
  test.for([
    'localhost',
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '[::1]',
    '[fd00::1]',
    '[fe80::1]',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    'kubernetes.default',
    'api',
    'api.internal',
    'k8s.home.arpa',
    '0x0a.1.2.3',
  ])('%s', (host) => {
    expect(isPrivateHost(hostOf(host))).toBe(true);
  });
});

describe('a host that may be public', () => {
  test.for([
    'oidc.example.com',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '11.0.0.1',
    '192.169.0.1',
    '[2001:db8::1]',
    'd111111abcdef8.cloudfront.net',
    'fd.example.com',
    'localhost.example.com',
    'my-kubernetes.default.example.com',
  ])('%s', (host) => {
    expect(isPrivateHost(hostOf(host))).toBe(false);
  });
});
