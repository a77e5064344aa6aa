// Tests for hosts of issuers: which ones clouds can reach, and which ones CloudFront can serve.

import { describe, expect, test } from 'vitest';
import { hostProblems, isFirstDeployment, isPrivateHost, parseIssuer } from '../../cluster-file/issuer-url.ts';

/** The host as a URL has it. */
const hostOf = (host: string) => new URL(`https://${host}`).hostname;

describe('a host is private', () => {
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

describe('a host may be public', () => {
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

describe('CloudFront', () => {
  const OWN = 'd111111abcdef8.cloudfront.net';

  test.for([
    { host: OWN, hasCertificate: false, problems: [] },
    { host: OWN, hasCertificate: true, problems: ['certificate-unused'] },
    { host: 'oidc.example.com', hasCertificate: true, problems: [] },
    { host: 'oidc.example.com', hasCertificate: false, problems: ['certificate-missing'] },
    { host: 'oidc.example.com', hasCertificate: true, zone: 'example.com', problems: [] },
    { host: 'oidc.example.com', hasCertificate: true, zone: 'oidc.example.com', problems: [] },
    { host: 'oidc.example.com', hasCertificate: true, zone: 'c.example.com', problems: ['zone-mismatch'] },
    { host: OWN, hasCertificate: true, zone: 'example.com', problems: ['certificate-unused', 'zone-mismatch'] },
  ])('serving $host, certificate: $hasCertificate, zone: $zone has the problems $problems', (row) => {
    expect(hostProblems(row.host, row)).toEqual(row.problems);
  });
});

test('an issuer has a host, and a form without https:// for IAM', () => {
  expect(parseIssuer('https://oidc.example.com/prod')).toEqual({
    url: 'https://oidc.example.com/prod',
    host: 'oidc.example.com',
    hostAndPath: 'oidc.example.com/prod',
  });
});

test('a first deployment is known by the placeholder host', () => {
  expect(isFirstDeployment('https://first-deployment.cloudfront.net/prod')).toBe(true);
  expect(isFirstDeployment('https://d111111abcdef8.cloudfront.net/prod')).toBe(false);
});
