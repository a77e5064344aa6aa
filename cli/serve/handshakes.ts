// Logs TLS handshakes that fail, with what to correct.

import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { ServerLog } from './server-log.ts';

/** Lines per minute: anyone who reaches the port can cause a failure. */
const MAX_LINES = 10;
const MINUTE_MS = 60_000;

/** Causes that a cluster's operator can correct, by the code of OpenSSL or Node.js. */
const REMEDIES: readonly (readonly [code: RegExp, remedy: string])[] = [
  [
    /UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN/,
    "the client does not trust the certificate: set caBundle in the webhook configuration to the authority that signed it, and use a host in the webhook's URL that the certificate has",
  ],
  [
    /CERTIFICATE_EXPIRED/,
    'the client says that the certificate has expired: replace the files of --tls-cert and --tls-key',
  ],
  [/HTTP_REQUEST/, 'the client sent HTTP without TLS: use https in the URL'],
];

/** Counts failed handshakes, and logs those that tell something. */
export class Handshakes {
  readonly #log: ServerLog;
  #failed = 0;
  #lines = 0;
  #minute = 0;

  constructor(server: Server, log: ServerLog) {
    this.#log = log;
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => this.#fail(error, socket));
  }

  get failed(): number {
    return this.#failed;
  }

  #fail(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    this.#failed++;
    // A load balancer that checks the port connects and disconnects.
    if (error.code === 'ECONNRESET') return;
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (minute !== this.#minute) [this.#minute, this.#lines] = [minute, 0];
    if (++this.#lines > MAX_LINES) return;
    const remedy = REMEDIES.find(([code]) => code.test(error.code ?? ''))?.[1];
    const reason =
      remedy ?? `${error.code ?? error.message}: ${(error as { reason?: string }).reason ?? error.message}`;
    const client = socket.remoteAddress;
    this.#log.warn('handshake', 'tls-handshake-failed', reason, { cause: error.code, ...(client && { client }) });
  }
}
