// Creates the certificate authorities, server certificates and signing keys of tests.

import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';

export interface ServerCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface TestAuthority {
  /** The authority's certificate, which clients have to trust. */
  readonly certPem: string;
  /** Issues a server certificate for 127.0.0.1, localhost and more DNS names. @param days from today. */
  issue(
    dnsNames?: readonly string[],
    days?: { readonly from: number; readonly to: number },
  ): Promise<ServerCertificate>;
}

export interface SigningKey {
  readonly publicKey: KeyObject;
  readonly publicKeyPem: string;
  readonly privateKeyPem: string;
}

// P-256 instead of RSA: generating a key pair takes less than a millisecond.
const elliptic = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

export async function createTestAuthority(): Promise<TestAuthority> {
  // Every authority gets a name of its own. Certificates from `selfsigned` have no key identifiers, so a
  // client that trusts two authorities with the same name could not tell which of them signed.
  const name = `cwii test authority ${randomBytes(4).toString('hex')}`;
  const authority = await generate([{ name: 'commonName', value: name }], {
    ...elliptic,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    certPem: authority.cert,
    issue: async (dnsNames = [], days) => {
      const day = (number: number) => new Date(Date.now() + number * 24 * 60 * 60 * 1000);
      const server = await generate([{ name: 'commonName', value: 'localhost' }], {
        ...elliptic,
        ...(days && { notBeforeDate: day(days.from), notAfterDate: day(days.to) }),
        ca: { cert: authority.cert, key: authority.private },
        extensions: [
          { name: 'basicConstraints', cA: false, critical: true },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true },
          {
            name: 'subjectAltName',
            altNames: [
              { type: 7, ip: '127.0.0.1' },
              ...['localhost', ...dnsNames].map((value) => ({ type: 2 as const, value })),
            ],
          },
        ],
      });
      return { certPem: server.cert, keyPem: server.private };
    },
  };
}

/** RSA, as kubeadm creates it: clouds accept RS256 from every issuer. */
export async function createSigningKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return {
    publicKey,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
