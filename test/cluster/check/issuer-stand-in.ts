// The HTTPS host of a hosted issuer, with the documents that the issuer function would publish.

import { createServer } from 'node:https';
import { readClusterKeys } from '../../../lib/issuer/cluster-documents.ts';
import { discoveryOf, keySetOf } from '../../../lib/issuer/published-documents.ts';
import type { ServerCertificate } from '../../../testing/certificates.ts';
import type { ControlPlane } from '../../../testing/cluster/control-plane.ts';
import { listen } from '../../../testing/ports.ts';

/** An answer of the host. Tests change it to publish something wrong. */
export interface ServedDocument {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface IssuerStandIn {
  /** Such as `oidc.example.com`. */
  readonly host: string;
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** The answers by their path, such as `/test/openid/v1/jwks`. */
  readonly documents: Map<string, ServedDocument>;
  /** Publishes the documents of the cluster's present keys. */
  publish(cluster: ControlPlane): Promise<void>;
  /** The certificate of the next connections. */
  present(certificate: ServerCertificate): void;
  stop(): Promise<void>;
}

/** @param certificate has to name the issuer's host. */
export async function startIssuerStandIn(issuer: string, certificate: ServerCertificate): Promise<IssuerStandIn> {
  const documents = new Map<string, ServedDocument>();
  const secureContext = ({ certPem: cert, keyPem: key }: ServerCertificate) => ({ cert, key });
  const server = createServer(secureContext(certificate), ({ url = '' }, answer) => {
    const { status = 200, headers, body } = documents.get(url) ?? { status: 403, headers: {}, body: '' };
    answer.writeHead(status, headers).end(body);
  });
  const port = await listen(server);
  return {
    host: new URL(issuer).host,
    port,
    documents,
    publish: async (cluster) => {
      const read = async (path: string) => (await cluster.kubectl(['get', '--raw', path])).stdout;
      const discovery = await read('/.well-known/openid-configuration');
      const keys = readClusterKeys(issuer, { discovery, jwks: await read('/openid/v1/jwks') });
      for (const { objectKey, body, contentType, cacheControl } of [discoveryOf(issuer, keys), keySetOf(issuer, keys)])
        documents.set(`/${objectKey}`, {
          headers: { 'content-type': contentType, 'cache-control': cacheControl },
          body,
        });
    },
    present: (next) => server.setSecureContext(secureContext(next)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
