// Self-signed server certificates: expired, for another host, and for IPv6 loopback.

import { generate } from 'selfsigned';

const day = 24 * 60 * 60 * 1000;

async function selfSigned(
  altNames: { type: 2 | 7; value?: string; ip?: string }[],
  days: { from: number; to: number },
) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'cwii test server' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + days.from * day),
    notAfterDate: new Date(Date.now() + days.to * day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { certPem: cert, keyPem: key, caPem: cert };
}

export function expiredCertificate() {
  return selfSigned([{ type: 7, ip: '127.0.0.1' }], { from: -10, to: -1 });
}

export function certificateOfAnotherHost() {
  return selfSigned([{ type: 2, value: 'another.example.com' }], { from: -1, to: 10 });
}

export function certificateOfIpv6Loopback() {
  return selfSigned([{ type: 7, ip: '::1' }], { from: -1, to: 10 });
}
