// Names certificates in the short form of a report: by the beginning of their fingerprints.

import { X509Certificate } from 'node:crypto';

/** The first bytes of the SHA-256 fingerprint, which tell two certificates apart. */
export function shortFingerprint(fingerprint256: string): string {
  return fingerprint256.split(':').slice(0, 4).join(':');
}

/** The fingerprints of the certificates in a caBundle. */
export function fingerprintsOf(caBundle: string): string {
  const pem = Buffer.from(caBundle, 'base64').toString('utf8');
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const all = certificates.map((text) => {
    try {
      return shortFingerprint(new X509Certificate(text).fingerprint256);
    } catch {
      return 'unreadable';
    }
  });
  return all.length > 0 ? all.join(', ') : 'no certificate';
}
